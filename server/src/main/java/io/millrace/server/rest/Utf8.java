package io.millrace.server.rest;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;

/** Text to UTF-8 and back, where halves of characters are noticed instead of replaced. */
final class Utf8 {
  private Utf8() {}

  /**
   * @param field where the text stands, asked only for the error
   * @throws io.millrace.server.model.ServingException if the text has a surrogate without its other
   *     half, which JSON can write by {@code \\ud83d}
   */
  static byte[] encode(Supplier<String> field, String text) {
    try {
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (CharacterCodingException e) {
      throw Refusals.malformed(
          field.get(), field.get() + ": the text has half of a surrogate pair");
    }
  }

  /** The text, or nothing if the bytes are none. */
  static Optional<String> decode(byte[] bytes) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }
}
