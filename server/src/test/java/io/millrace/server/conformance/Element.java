package io.millrace.server.conformance;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A value of a tensor.
 *
 * @param bits as tensors have them, little-endian; of BYTES the bytes alone
 * @param text as JSON has numbers, {@code true} and {@code false}; empty for BYTES
 */
record Element(ByteString bits, String text) {
  /** What is written for people, with the most significant digit first. */
  static Element of(String hexadecimal, String text) {
    ByteBuffer bits = ByteBuffer.wrap(ByteString.fromHex(hexadecimal).toByteArray());
    ByteBuffer reversed = ByteBuffer.allocate(bits.capacity());
    for (int i = bits.capacity(); i > 0; i--) {
      reversed.put(bits.get(i - 1));
    }
    return new Element(ByteString.copyFrom(reversed.flip()), text);
  }

  static Element ofBytes(ByteString bytes) {
    return new Element(bytes, "");
  }

  /** A number that its type cannot hold, so that there are no bits of it. */
  static Element tooLarge(String text) {
    return new Element(ByteString.EMPTY, text);
  }

  /** As protobuf's numbers without a fraction have it; unsigned ones by their bits. */
  long whole() {
    return switch (text) {
      case "true" -> 1;
      case "false" -> 0;
      default -> new BigInteger(text).longValue();
    };
  }

  /** The bits without a sign. */
  long unsignedBits() {
    return new BigInteger(1, reversed(bits)).longValue();
  }

  private static byte[] reversed(ByteString bits) {
    byte[] reversed = new byte[bits.size()];
    for (int i = 0; i < reversed.length; i++) {
      reversed[i] = bits.byteAt(reversed.length - 1 - i);
    }
    return reversed;
  }

  float single() {
    return Float.parseFloat(text);
  }

  /** What a tensor has for a value in JSON. */
  static ByteString bits(DataType dtype, String text) {
    return switch (dtype) {
      case BYTES -> ByteString.copyFromUtf8(text);
      case FP32 -> bits(dtype, Float.floatToRawIntBits(Float.parseFloat(text)));
      case FP64 -> bits(dtype, Double.doubleToRawLongBits(Double.parseDouble(text)));
      default -> bits(dtype, new Element(ByteString.EMPTY, text).whole());
    };
  }

  /** What a tensor has for a whole number: as many of its bytes as the type takes. */
  static ByteString bits(DataType dtype, long whole) {
    ByteBuffer all = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(whole);
    return ByteString.copyFrom(all.flip().limit(dtype.byteSize()));
  }
}
