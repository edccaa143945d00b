package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a predict body of TensorFlow Serving's API holds (its {@code util/json_tensor.cc}).
 *
 * @param form how the inputs came, which is how the outputs go back
 */
record PredictBody(Form form, List<Tensor> inputs) {
  static final String DEFAULT_SIGNATURE = "serving_default";

  /** The layouts of tensors in JSON. */
  enum Form {
    /** One entry for each row. */
    INSTANCES,
    /** One entry for each tensor. */
    INPUTS
  }

  /**
   * Reads the body; other keys than the three known are passed over, and so is text behind it.
   *
   * @param maxBytes how large each tensor may become
   */
  static PredictBody read(JsonText text, Signature signature, int maxBytes) {
    return read(text, new InputValues(signature, PictureInputs.NONE, maxBytes));
  }

  /** The same into inputs that may be pictures. */
  static PredictBody read(JsonText text, InputValues inputs) {
    return text.read(json -> read(json, inputs));
  }

  private static PredictBody read(JsonParser json, InputValues inputs) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw Refusals.malformed("the body must be a JSON object with instances or inputs");
    }
    PredictBody body = null;
    boolean signatureSeen = false;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      json.nextToken();
      switch (key) {
        case "instances" -> {
          requireFirst(body, Form.INSTANCES);
          body = new PredictBody(Form.INSTANCES, new PredictRows(inputs).read(json));
        }
        case "inputs" -> {
          requireFirst(body, Form.INPUTS);
          body = new PredictBody(Form.INPUTS, new PredictColumns(inputs).read(json));
        }
        case "signature_name" -> {
          checkSignature(json, signatureSeen);
          signatureSeen = true;
        }
        default -> json.skipChildren();
      }
    }
    if (body == null) {
      throw Refusals.malformed("the body has neither instances nor inputs");
    }
    return body;
  }

  private static void requireFirst(@Nullable PredictBody earlier, Form form) {
    if (earlier == null) {
      return;
    }
    throw earlier.form == form
        ? Refusals.twice(form == Form.INSTANCES ? "instances" : "inputs")
        : Refusals.malformed("the body has both instances and inputs; give one of them");
  }

  private static void checkSignature(JsonParser json, boolean seen) throws IOException {
    if (seen) {
      throw Refusals.twice("signature_name");
    }
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw Refusals.malformed("signature_name", "signature_name must be a text");
    }
    String name = json.getText();
    if (!name.isEmpty() && !name.equals(DEFAULT_SIGNATURE)) {
      throw Refusals.malformed(
          "signature_name",
          "the model has no signature %s; it has '%s'"
              .formatted(Quote.of(name), DEFAULT_SIGNATURE));
    }
  }
}
