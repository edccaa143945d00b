package io.millrace.server.inference;

import io.millrace.server.model.BytesElements;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes texts as {@link BytesElements} one after the other into one array, which grows as far as
 * the answer has room. Confined to the thread that writes.
 */
final class ElementsWriter {
  private static final int FIRST_BYTES = 256;

  private final AnswerRoom room;
  private byte[] bytes = new byte[0];
  private int size;
  private int begin;

  ElementsWriter(AnswerRoom room) {
    this.room = room;
  }

  /** Begins the next element. */
  void begin() {
    require(Integer.BYTES);
    size += Integer.BYTES;
    begin = size;
  }

  /** Ends it: its length is known now. */
  void end() {
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(begin - Integer.BYTES, size - begin);
  }

  void text(String text) {
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    require(encoded.length);
    System.arraycopy(encoded, 0, bytes, size, encoded.length);
    size += encoded.length;
  }

  /** A character of ASCII. */
  void character(char ascii) {
    require(1);
    bytes[size++] = (byte) ascii;
  }

  /**
   * A number of 0 or more.
   *
   * @param least how many digits it has, with zeros in front, unless it needs more
   */
  void number(long number, int least) {
    int digits = Math.max(least, digits(number));
    require(digits);
    long rest = number;
    for (int at = size + digits - 1; at >= size; at--) {
      bytes[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    size += digits;
  }

  private static int digits(long number) {
    int digits = 1;
    for (long rest = number / 10; rest > 0; rest /= 10) {
      digits++;
    }
    return digits;
  }

  private void require(int more) {
    long needed = (long) size + more;
    if (needed > bytes.length) {
      long wished = Math.max(needed, Math.max(FIRST_BYTES, 2L * bytes.length));
      long capacity = Math.max(Math.min(wished, room.maxBytes()), needed);
      room.take(capacity - bytes.length);
      bytes = Arrays.copyOf(bytes, Math.toIntExact(capacity));
    }
  }

  /** What was written, without a copy; nothing more may be written. */
  ByteBuffer elements() {
    return ByteBuffer.wrap(bytes, 0, size).slice();
  }
}
