package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The columnar form, {@code "inputs": ...}: the whole tensor of the only input, or an object of
 * name and tensor. Names that the model does not know are passed over. Confined to the thread that
 * reads.
 */
final class PredictColumns {
  private static final String FIELD = "inputs";

  private final InputValues inputs;
  private final Map<String, TensorSpec> specs;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  PredictColumns(InputValues inputs) {
    this.inputs = inputs;
    this.specs = inputs.byName();
  }

  /** Reads the value that begins with the current token. */
  List<Tensor> read(JsonParser json) throws IOException {
    if (json.currentToken() == JsonToken.START_OBJECT) {
      return readObject(json);
    }
    if (!inputs.isSingle()) {
      throw Refusals.malformed(
          FIELD,
          "inputs must be an object with a tensor for each input; the inputs are "
              + inputs.names());
    }
    return List.of(tensor(json, FIELD, inputs.single()));
  }

  private List<Tensor> readObject(JsonParser json) throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      if (isBase64(json, name)) {
        NestedValues value = inputs.values(new NestedValues.Place(FIELD, ""), inputs.single());
        value.readBase64(json, 0, 0);
        return List.of(value.tensor(inputs.single().name()));
      }
      readInput(json, name);
    }
    for (String name : specs.keySet()) {
      if (!tensors.containsKey(name)) {
        throw ServingException.refusal(
            Reason.TENSOR_MISSING,
            FIELD,
            "input %s is missing; the inputs are %s".formatted(Quote.of(name), inputs.names()));
      }
    }
    return List.copyOf(tensors.values());
  }

  /** An object that is a scalar of bytes begins, and ends, with its key. */
  private boolean isBase64(JsonParser json, String name) {
    return name.equals(Base64Value.KEY)
        && json.currentToken() == JsonToken.VALUE_STRING
        && tensors.isEmpty()
        && inputs.isSingle();
  }

  private void readInput(JsonParser json, String name) throws IOException {
    TensorSpec spec = specs.get(name);
    if (spec == null) {
      json.skipChildren();
      return;
    }
    if (tensors.put(name, tensor(json, FIELD + "." + shown(name), spec)) != null) {
      throw ServingException.refusal(
          Reason.TENSOR_DUPLICATE, FIELD, "input %s is given twice".formatted(Quote.of(name)));
    }
  }

  private Tensor tensor(JsonParser json, String path, TensorSpec spec) throws IOException {
    NestedValues values = inputs.values(new NestedValues.Place(path, ""), spec);
    values.read(json);
    return values.tensor(spec.name());
  }

  private static String shown(String name) {
    String quoted = Quote.of(name);
    return quoted.substring(1, quoted.length() - 1);
  }
}
