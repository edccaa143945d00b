package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The row form, {@code "instances": [...]}: each row is the value of the only input, or an object
 * with a value for each input; all rows are of one kind. Confined to the thread that reads.
 */
final class PredictRows {
  private static final String FIELD = "instances";

  private final InputValues inputs;
  private final Map<String, NestedValues> values = new LinkedHashMap<>();
  private int rows;

  /** Whether the rows are objects with the inputs' names; the first one settles it. */
  private boolean named;

  PredictRows(InputValues inputs) {
    this.inputs = inputs;
  }

  /** Reads the list that begins with the current token. */
  List<Tensor> read(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw Refusals.malformed(FIELD, "instances must be a list");
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      readRow(json);
      rows++;
    }
    if (rows == 0) {
      throw Refusals.malformed(FIELD, "instances is empty; it must have values");
    }
    List<Tensor> tensors = new ArrayList<>();
    values.forEach((name, read) -> tensors.add(read.tensorOfRows(name, rows)));
    return tensors;
  }

  private void readRow(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      begin(false);
      only().readRow(json, rows);
      return;
    }
    JsonToken first = json.nextToken();
    if (first == JsonToken.FIELD_NAME && json.currentName().equals(Base64Value.KEY)) {
      json.nextToken();
      if (json.currentToken() == JsonToken.VALUE_STRING && inputs.isSingle()) {
        begin(false);
        only().readBase64(json, rows, 1);
        return;
      }
      begin(true);
      readNamed(json, Base64Value.KEY);
      return;
    }
    begin(true);
    readNamedFrom(json, new HashSet<>());
  }

  /** Settles or checks the kind of the rows. */
  private void begin(boolean isNamed) {
    if (rows == 0) {
      named = isNamed;
      prepare();
    }
    if (isNamed != named) {
      throw Refusals.malformed(
          at(), "%s: the items of instances must be all objects or all not".formatted(at()));
    }
    if (!isNamed && !inputs.isSingle()) {
      throw Refusals.malformed(
          at(),
          "%s must be an object with a value for each input; the inputs are %s"
              .formatted(at(), inputs.names()));
    }
  }

  private void prepare() {
    for (TensorSpec spec : inputs.signature().inputs()) {
      String suffix = named ? "." + shown(spec.name()) : "";
      values.put(spec.name(), inputs.values(new NestedValues.Place(FIELD, suffix), spec));
    }
  }

  /** Reads on from the value of a name to the end of the object. */
  private void readNamed(JsonParser json, String name) throws IOException {
    Set<String> seen = new HashSet<>();
    readInput(json, name, seen);
    json.nextToken();
    readNamedFrom(json, seen);
  }

  /** Reads on from a name, or from the end of the object. */
  private void readNamedFrom(JsonParser json, Set<String> seen) throws IOException {
    while (json.currentToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      readInput(json, name, seen);
      json.nextToken();
    }
    for (String name : values.keySet()) {
      if (!seen.contains(name)) {
        throw ServingException.refusal(
            Reason.TENSOR_MISSING,
            at(),
            "%s has no value for input %s; the keys must be %s"
                .formatted(at(), Quote.of(name), inputs.names()));
      }
    }
  }

  private void readInput(JsonParser json, String name, Set<String> seen) throws IOException {
    NestedValues input = values.get(name);
    if (input == null) {
      throw Refusals.malformed(
          at(),
          "%s: the model has no input %s; its inputs are %s"
              .formatted(at(), Quote.of(name), inputs.names()));
    }
    if (!seen.add(name)) {
      throw ServingException.refusal(
          Reason.TENSOR_DUPLICATE, at(), "%s: %s is given twice".formatted(at(), Quote.of(name)));
    }
    input.readRow(json, rows);
  }

  private NestedValues only() {
    return values.values().iterator().next();
  }

  private String at() {
    return FIELD + "[" + rows + "]";
  }

  private static String shown(String name) {
    String quoted = Quote.of(name);
    return quoted.substring(1, quoted.length() - 1);
  }
}
