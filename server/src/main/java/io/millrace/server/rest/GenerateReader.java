package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.server.model.CallParameters;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a body of Triton's generate: keys with the names of inputs are tensors, {@code id} is the
 * request's id, {@code parameters} holds more keys, and all other keys are parameters of the call.
 * Confined to the thread that reads; for one body.
 */
final class GenerateReader {
  /** Inputs, parameters and what is passed over. */
  private static final int MAX_KEYS = 1_000;

  private static final String PARAMETERS = "parameters";

  private final InputValues inputs;
  private final Map<String, TensorSpec> specs;
  private final List<Tensor> tensors = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();
  private String id = "";
  private CallParameters parameters = CallParameters.NONE;

  /**
   * @param maxBytes how large each tensor may become
   */
  GenerateReader(Signature signature, int maxBytes) {
    inputs = new InputValues(signature, PictureInputs.NONE, maxBytes);
    specs = inputs.byName();
  }

  InferBody read(JsonText text) {
    return text.readWhole(
        json -> {
          if (json.nextToken() != JsonToken.START_OBJECT) {
            throw Refusals.malformed(
                "the body must be a JSON object with the model's inputs, %s"
                    .formatted(inputs.names()));
          }
          readMembers(json, "");
          return new InferBody(id, List.copyOf(tensors), WantedOutputs.ALL, parameters);
        });
  }

  /** Reads the members of the object that begins with the current token. */
  private void readMembers(JsonParser json, String path) throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      json.nextToken();
      if (!seen.add(key)) {
        throw Refusals.twice(path + Quote.plain(key));
      }
      if (seen.size() > MAX_KEYS) {
        throw Refusals.malformed("the body has more than %d keys".formatted(MAX_KEYS));
      }
      TensorSpec spec = specs.get(key);
      if (spec != null) {
        tensors.add(tensor(json, path, spec));
      } else if (path.isEmpty() && key.equals("id")) {
        id = InferReader.readId(json);
      } else if (path.isEmpty() && key.equals(PARAMETERS)) {
        InferParameters.requireObject(json, PARAMETERS);
        readMembers(json, PARAMETERS + ".");
      } else {
        InferParameters.requireScalar(json, path.isEmpty() ? "the body" : PARAMETERS);
        parameters = InferParameters.with(parameters, json);
      }
    }
  }

  private Tensor tensor(JsonParser json, String path, TensorSpec spec) throws IOException {
    String field = path + Quote.plain(spec.name());
    NestedValues values = inputs.values(new NestedValues.Place(field, ""), spec);
    values.read(json);
    return values.tensor(spec.name(), shape(values, spec));
  }

  /** Of a single value or a flat list the model's shape says the rest. */
  private static Shape shape(NestedValues values, TensorSpec spec) {
    Shape read = values.shape();
    if (spec.shape().accepts(read) || read.rank() > 1) {
      return read;
    }
    long elements = read.elements().orElseThrow();
    return ImpliedShape.of(spec.shape(), elements)
        .orElseThrow(
            () ->
                values.mismatch(
                    "expected shape %s (-1 is any size), which %d values do not make%s"
                        .formatted(spec.shape(), elements, advice(spec.shape()))));
  }

  private static String advice(Shape taken) {
    return ImpliedShape.isAmbiguous(taken) ? " by themselves; send lists of lists" : "";
  }
}
