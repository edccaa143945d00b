package io.millrace.server.rest;

import com.fasterxml.jackson.core.Base64Variant;
import com.fasterxml.jackson.core.Base64Variants;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.function.Supplier;

/** TensorFlow Serving's form of bytes: an object with the one key {@code b64}. */
final class Base64Value {
  static final String KEY = "b64";

  /**
   * For files. White space may stand between groups of four characters, and more groups behind
   * padding, as when files are encoded piece by piece; the JDK's decoder takes neither. As there,
   * padding may be missing at the end.
   */
  private static final Base64Variant VARIANT =
      Base64Variants.MIME_NO_LINEFEEDS.withPaddingAllowed();

  private Base64Value() {}

  /** Whether the object is base64 whose opening, or whose text, is the current token. */
  static boolean isIn(JsonParser json) throws IOException {
    return json.currentToken() == JsonToken.VALUE_STRING
        || (json.nextToken() == JsonToken.FIELD_NAME && json.currentName().equals(KEY));
  }

  /**
   * Goes on from the opening of the object to its text.
   *
   * @param field where it stands, asked only for errors
   */
  static void open(JsonParser json, Supplier<String> field) throws IOException {
    if (json.nextToken() != JsonToken.FIELD_NAME
        || !json.currentName().equals(KEY)
        || json.nextToken() != JsonToken.VALUE_STRING) {
      throw notBase64(field);
    }
  }

  /** Reads on from the text behind the key, to the end of the object. */
  static byte[] readFromText(JsonParser json, Supplier<String> field) throws IOException {
    String text = json.getText();
    requireEnd(json, field);
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw damaged(field);
    }
  }

  /** The same for megabytes, which are decoded as they come, without the text as a whole. */
  static ByteBuffer readFileFromText(JsonParser json, Supplier<String> field) throws IOException {
    FileBytes file = new FileBytes();
    try {
      json.readBinaryValue(VARIANT, file);
    } catch (JsonEOFException e) {
      throw e;
    } catch (IllegalArgumentException | JsonParseException e) {
      throw damaged(field);
    }
    requireEnd(json, field);
    return file.view();
  }

  private static void requireEnd(JsonParser json, Supplier<String> field) throws IOException {
    if (json.nextToken() != JsonToken.END_OBJECT) {
      throw notBase64(field);
    }
  }

  private static RuntimeException damaged(Supplier<String> field) {
    return Refusals.malformed(field.get(), field.get() + ": b64 holds text that is no base64");
  }

  private static RuntimeException notBase64(Supplier<String> field) {
    return Refusals.malformed(
        field.get(),
        "%s: bytes are a text or {\"b64\": \"...\"} with that one key".formatted(field.get()));
  }

  /** Gives its bytes without one more copy. */
  private static final class FileBytes extends ByteArrayOutputStream {
    ByteBuffer view() {
      return ByteBuffer.wrap(buf, 0, count);
    }
  }
}
