package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.server.inference.ExampleRows;
import io.millrace.server.inference.ExampleTask;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the body of a classify or regress of TensorFlow Serving's API: {@code examples}, and a
 * {@code context} that they share. A feature is a value or a list of values. Confined to the thread
 * that reads.
 */
final class ExamplesBody {
  private static final String SIGNATURE = "signature_name";
  private static final String CONTEXT = "context";
  private static final String EXAMPLES = "examples";

  private final ExampleTask task;
  private final ExampleRows rows;
  private final InputValues inputs;
  private final Set<String> seen = new HashSet<>();

  /** One reader for each input, of which there may be millions of values. */
  private final Map<String, NestedValues> features = new HashMap<>();

  private ExamplesBody(ExampleTask task, ExampleRows rows, InputValues inputs) {
    this.task = task;
    this.rows = rows;
    this.inputs = inputs;
  }

  /**
   * The examples as inputs of a model. Other keys than the three known are passed over, and so is
   * text behind the body.
   *
   * @param inputs of the model, which may become as large together as one of them may
   */
  static List<Tensor> read(JsonText text, ExampleTask task, InputValues inputs) {
    ExampleRows rows = new ExampleRows(inputs.signature(), "", inputs.maxBytes());
    return text.read(json -> new ExamplesBody(task, rows, inputs).read(json));
  }

  private List<Tensor> read(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw Refusals.malformed("the body must be a JSON object with examples");
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      json.nextToken();
      switch (key) {
        case SIGNATURE -> checkSignature(json);
        case CONTEXT -> readContext(json);
        case EXAMPLES -> readExamples(json);
        default -> json.skipChildren();
      }
    }
    if (!seen.contains(EXAMPLES)) {
      throw Refusals.malformed(EXAMPLES, "the body has no examples");
    }
    return rows.tensors();
  }

  private void requireFirst(String key) {
    if (!seen.add(key)) {
      throw Refusals.twice(key);
    }
  }

  private void checkSignature(JsonParser json) throws IOException {
    requireFirst(SIGNATURE);
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw Refusals.malformed(SIGNATURE, "signature_name must be a text");
    }
    task.requireSignature(SIGNATURE, json.getText());
  }

  private void readContext(JsonParser json) throws IOException {
    requireFirst(CONTEXT);
    rows.beginContext();
    readFeatures(json);
  }

  private void readExamples(JsonParser json) throws IOException {
    requireFirst(EXAMPLES);
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw Refusals.malformed(EXAMPLES, "examples must be a list");
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      rows.beginExample();
      readFeatures(json);
    }
  }

  private void readFeatures(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw Refusals.malformed(
          rows.at(), "%s must be an object of features and their values".formatted(rows.at()));
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String feature = json.currentName();
      json.nextToken();
      Optional<ExampleRows.Slot> slot = rows.slot(feature);
      if (slot.isPresent()) {
        readFeature(json, feature, slot.get());
      } else {
        json.skipChildren();
      }
    }
  }

  private void readFeature(JsonParser json, String feature, ExampleRows.Slot slot)
      throws IOException {
    NestedValues values = features.computeIfAbsent(feature, name -> values(name, slot));
    values.readAnew(json);
    Shape shape = values.shape();
    if (shape.rank() > 1 && !values.havePictures()) {
      throw values.mismatch("a feature is a value or a list of values, not a list of lists");
    }
    slot.fill(shape.elements().orElseThrow(), values.data());
  }

  private NestedValues values(String feature, ExampleRows.Slot slot) {
    String name = "." + Quote.plain(feature);
    return inputs.values(new NestedValues.Place(() -> rows.at() + name, ""), slot.input());
  }
}
