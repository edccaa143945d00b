package io.millrace.server.model;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The wire form of BYTES tensors: each element is its length, an unsigned 32-bit little-endian
 * number, followed by its bytes (Open Inference Protocol, "raw tensor contents").
 */
public final class BytesElements {
  private static final int LENGTH_BYTES = Integer.BYTES;

  private BytesElements() {}

  /** The elements one after the other, each behind its length. */
  public static ByteBuffer encode(List<byte[]> elements) {
    int total = 0;
    for (byte[] element : elements) {
      total = Math.addExact(total, LENGTH_BYTES + element.length);
    }
    ByteBuffer encoded = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
    for (byte[] element : elements) {
      encoded.putInt(element.length).put(element);
    }
    return encoded.flip();
  }

  /**
   * The elements of an encoded buffer, copied; the buffer's position does not move.
   *
   * @throws IllegalArgumentException if the bytes are not exactly {@code count} elements
   */
  public static List<byte[]> decode(ByteBuffer encoded, long count) {
    ByteBuffer rest = encoded.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    // Each element takes at least its length: a claimed count beyond that is refused before
    // anything is allocated.
    if (count < 0 || count > rest.remaining() / LENGTH_BYTES) {
      throw wrongCount(encoded, count);
    }
    List<byte[]> elements = new ArrayList<>((int) count);
    try {
      for (long i = 0; i < count; i++) {
        elements.add(next(rest));
      }
    } catch (BufferUnderflowException e) {
      throw wrongCount(encoded, count);
    }
    if (rest.hasRemaining()) {
      throw wrongCount(encoded, count);
    }
    return elements;
  }

  private static byte[] next(ByteBuffer rest) {
    int length = rest.getInt();
    if (length < 0 || length > rest.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] element = new byte[length];
    rest.get(element);
    return element;
  }

  private static IllegalArgumentException wrongCount(ByteBuffer encoded, long count) {
    return new IllegalArgumentException(
        encoded.remaining()
            + " bytes are not "
            + count
            + " elements that each stand behind their 4-byte little-endian length");
  }
}
