package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads an answer of {@code :predict}, {@code predictions} row by row or {@code outputs} tensor by
 * tensor, in which outputs may be left out. Confined to the thread that reads.
 */
final class ExpectedOutputs {
  private final Signature signature;
  private final int maxBytes;
  private final Map<String, NestedValues> values = new LinkedHashMap<>();
  private final Map<String, Integer> rowsOf = new LinkedHashMap<>();
  private int rows;

  /**
   * @param maxBytes how large each tensor may become
   */
  ExpectedOutputs(Signature signature, int maxBytes) {
    this.signature = signature;
    this.maxBytes = maxBytes;
  }

  /** Reads the object that begins with the current token. */
  List<Tensor> read(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT || json.nextToken() != JsonToken.FIELD_NAME) {
      throw notAnAnswer();
    }
    String form = json.currentName();
    json.nextToken();
    List<Tensor> tensors =
        switch (form) {
          case "predictions" -> readRows(json);
          case "outputs" -> readColumns(json);
          default -> throw notAnAnswer();
        };
    if (json.nextToken() != JsonToken.END_OBJECT || tensors.isEmpty()) {
      throw notAnAnswer();
    }
    return tensors;
  }

  private List<Tensor> readColumns(JsonParser json) throws IOException {
    if (isUnnamed(json)) {
      values("outputs", single("outputs")).read(json);
    } else {
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        TensorSpec spec = spec("outputs", json.currentName());
        if (values.containsKey(spec.name())) {
          throw Refusals.twice("expected.outputs." + Quote.plain(spec.name()));
        }
        json.nextToken();
        values("outputs." + Quote.plain(spec.name()), spec).read(json);
      }
    }
    List<Tensor> tensors = new ArrayList<>();
    values.forEach((name, read) -> tensors.add(read.tensor(name)));
    return tensors;
  }

  private List<Tensor> readRows(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw notAnAnswer();
    }
    for (; json.nextToken() != JsonToken.END_ARRAY; rows++) {
      readRow(json);
    }
    List<Tensor> tensors = new ArrayList<>();
    values.forEach((name, read) -> tensors.add(tensorOfRows(name, read)));
    return tensors;
  }

  private void readRow(JsonParser json) throws IOException {
    if (isUnnamed(json)) {
      readRow(json, single("predictions"));
      return;
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      TensorSpec spec = spec("predictions[%d]".formatted(rows), json.currentName());
      json.nextToken();
      readRow(json, spec);
    }
  }

  private void readRow(JsonParser json, TensorSpec spec) throws IOException {
    values("predictions", spec).readRow(json, rows);
    rowsOf.merge(spec.name(), 1, Integer::sum);
  }

  /** An object names outputs, unless it is how the bytes of the only one are written. */
  private boolean isUnnamed(JsonParser json) {
    return json.currentToken() != JsonToken.START_OBJECT
        || (signature.outputs().size() == 1
            && signature.outputs().get(0).dtype() == DataType.BYTES);
  }

  private Tensor tensorOfRows(String name, NestedValues read) {
    if (rowsOf.getOrDefault(name, 0) != rows) {
      throw Refusals.malformed(
          "expected", "output %s must be in every row of predictions".formatted(Quote.of(name)));
    }
    return read.tensorOfRows(name, rows);
  }

  private NestedValues values(String place, TensorSpec spec) {
    return values.computeIfAbsent(
        spec.name(),
        name ->
            new NestedValues(
                new NestedValues.Place("expected." + place, ""),
                spec.dtype(),
                NestedValues.BytesForm.TEXT_OR_BASE64,
                maxBytes));
  }

  private TensorSpec single(String place) {
    if (signature.outputs().size() != 1) {
      throw Refusals.malformed(
          "expected",
          "expected.%s must name its outputs, since the model has %s"
              .formatted(place, outputNames()));
    }
    return signature.outputs().get(0);
  }

  private TensorSpec spec(String place, String name) {
    return signature.outputs().stream()
        .filter(spec -> spec.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                Refusals.malformed(
                    "expected",
                    "expected.%s: the model has no output %s; its outputs are %s"
                        .formatted(place, Quote.of(name), outputNames())));
  }

  private List<String> outputNames() {
    return signature.outputs().stream().map(TensorSpec::name).map(Quote::of).toList();
  }

  private static ServingException notAnAnswer() {
    return Refusals.malformed(
        "expected",
        "expected must be an answer of :predict, {\"predictions\": [...]} or {\"outputs\": ...}");
  }
}
