package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.server.inference.TopClasses;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.io.IOException;

/** Writes the highest classes of each row of an output, in place of its scores. */
final class ClassesText implements OutputText {
  private final Tensor output;
  private final TopClasses top;
  private final ClassLabels labels;
  private long row;

  ClassesText(Tensor output, int most, ClassLabels labels) {
    this.output = output;
    this.top = new TopClasses(output, true, most);
    this.labels = labels;
  }

  @Override
  public String name() {
    return output.name();
  }

  @Override
  public Shape shape() {
    return output.shape();
  }

  @Override
  public void writeNested(JsonGenerator json, int depth) throws IOException {
    if (depth > 0) {
      writeRow(json);
      return;
    }
    json.writeStartArray();
    for (long i = 0; i < top.rows(); i++) {
      writeRow(json);
    }
    json.writeEndArray();
  }

  private void writeRow(JsonGenerator json) throws IOException {
    json.writeStartArray();
    for (int index : top.row(row)) {
      json.writeStartObject();
      String label = labels.name(index);
      if (!label.isEmpty()) {
        json.writeStringField("label", label);
      }
      json.writeNumberField("index", index);
      json.writeFieldName("score");
      json.writeNumber(number(top.score(row, index)));
      json.writeEndObject();
    }
    json.writeEndArray();
    row++;
  }

  private static String number(Number score) {
    if (score instanceof Float fraction) {
      return DecimalText.of(fraction.floatValue());
    }
    return score instanceof Double fraction
        ? DecimalText.of(fraction.doubleValue())
        : score.toString();
  }
}
