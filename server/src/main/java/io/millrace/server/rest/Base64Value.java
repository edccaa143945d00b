package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Base64;
import java.util.function.Supplier;

/** TensorFlow Serving's form of bytes: an object with the one key {@code b64}. */
final class Base64Value {
  static final String KEY = "b64";

  private Base64Value() {}

  /**
   * Reads the object whose opening is the current token.
   *
   * @param field where it stands, asked only for errors
   */
  static byte[] read(JsonParser json, Supplier<String> field) throws IOException {
    if (json.nextToken() != JsonToken.FIELD_NAME
        || !json.currentName().equals(KEY)
        || json.nextToken() != JsonToken.VALUE_STRING) {
      throw notBase64(field);
    }
    return readFromText(json, field);
  }

  /** Reads on from the text behind the key, to the end of the object. */
  static byte[] readFromText(JsonParser json, Supplier<String> field) throws IOException {
    String text = json.getText();
    if (json.nextToken() != JsonToken.END_OBJECT) {
      throw notBase64(field);
    }
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw Refusals.malformed(field.get(), field.get() + ": b64 holds text that is no base64");
    }
  }

  private static RuntimeException notBase64(Supplier<String> field) {
    return Refusals.malformed(
        field.get(),
        "%s: bytes are a text or {\"b64\": \"...\"} with that one key".formatted(field.get()));
  }
}
