package io.millrace.server.engine.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What ONNX Runtime's Java binding does to strings. It hands them over as the JVM's "modified"
 * UTF-8, which ends at a NUL and has no four-byte characters.
 *
 * <p>Read back, HotSpot ({@code UTF8::unicode_length} and {@code UTF8::next}) takes each byte that
 * begins no one- to three-byte character for a character of its own, and stops after as many
 * characters as there are bytes other than 10xxxxxx. So the text of a supplementary character comes
 * back as four characters, U+00F0 to U+00F4 first, and everything behind them is cut short, unless
 * enough plain characters follow.
 */
final class BindingText {
  private static final int FIRST_FOUR_BYTE_LEAD = 0xF0;
  private static final int LAST_FOUR_BYTE_LEAD = 0xF4;

  private BindingText() {}

  /** The text of the bytes, if the binding carries it unchanged into the engine. */
  static Optional<String> carried(byte[] bytes) {
    for (byte b : bytes) {
      if (b == 0 || Byte.toUnsignedInt(b) >= FIRST_FOUR_BYTE_LEAD) {
        return Optional.empty();
      }
    }
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** The bytes of text that was read, if every character in it stands for itself. */
  static byte[] asRead(String read) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(read.length());
    for (int i = 0; i < read.length(); i++) {
      appendCharacter(bytes, read.charAt(i));
    }
    return bytes.toByteArray();
  }

  /** The bytes of text that was read, if what looks like four-byte characters is just that. */
  static byte[] withFourByteCharacters(String read) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(read.length());
    for (int i = 0; i < read.length(); i++) {
      if (isFourByteCharacter(read, i)) {
        for (int end = i + 4; i < end; i++) {
          bytes.write(read.charAt(i));
        }
        i--;
      } else {
        appendCharacter(bytes, read.charAt(i));
      }
    }
    return bytes.toByteArray();
  }

  /** The bytes of text that was read, if each of U+0080 to U+00FF in it is a stray byte. */
  static byte[] withStrayBytes(String read) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(read.length());
    for (int i = 0; i < read.length(); i++) {
      if (read.charAt(i) <= 0xFF) {
        bytes.write(read.charAt(i));
      } else {
        appendCharacter(bytes, read.charAt(i));
      }
    }
    return bytes.toByteArray();
  }

  private static boolean isFourByteCharacter(String read, int at) {
    char lead = read.charAt(at);
    return lead >= FIRST_FOUR_BYTE_LEAD
        && lead <= LAST_FOUR_BYTE_LEAD
        && at + 3 < read.length()
        && isContinuation(read.charAt(at + 1))
        && isContinuation(read.charAt(at + 2))
        && isContinuation(read.charAt(at + 3));
  }

  private static boolean isContinuation(char c) {
    return c >= 0x80 && c <= 0xBF;
  }

  /** One to three bytes; unlike {@link String#getBytes}, also for half of a surrogate pair. */
  private static void appendCharacter(ByteArrayOutputStream bytes, char c) {
    if (c < 0x80) {
      bytes.write(c);
    } else if (c < 0x800) {
      bytes.write(0xC0 | (c >> 6));
      bytes.write(0x80 | (c & 0x3F));
    } else {
      bytes.write(0xE0 | (c >> 12));
      bytes.write(0x80 | ((c >> 6) & 0x3F));
      bytes.write(0x80 | (c & 0x3F));
    }
  }
}
