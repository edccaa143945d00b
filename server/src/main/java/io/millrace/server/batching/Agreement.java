package io.millrace.server.batching;

import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;

/**
 * Whether two outputs are the same but for rounding: engines compute a row in another order when it
 * is not alone. Pure.
 */
final class Agreement {
  /** Far above what rounding does and far below what another row's values would do. */
  private static final double TOLERANCE = 1e-3;

  /** Units in the last place of a number of 16 bits. */
  private static final int NEAR_BITS = 8;

  private Agreement() {}

  static boolean of(Tensor one, Tensor other) {
    if (!one.shape().equals(other.shape())) {
      return false;
    }
    ByteBuffer a = one.data();
    ByteBuffer b = other.data();
    return switch (one.dtype()) {
      case FP32 -> all(a, b, Float.BYTES, at -> isNear(a.getFloat(at), b.getFloat(at)));
      case FP64 -> all(a, b, Double.BYTES, at -> isNear(a.getDouble(at), b.getDouble(at)));
      case FP16, BF16 ->
          all(a, b, Short.BYTES, at -> Math.abs(a.getShort(at) - b.getShort(at)) <= NEAR_BITS);
      default -> a.equals(b);
    };
  }

  private interface Element {
    boolean agreesAt(int position);
  }

  private static boolean all(ByteBuffer a, ByteBuffer b, int size, Element element) {
    for (int at = 0; at < a.limit(); at += size) {
      if (!element.agreesAt(at)) {
        return false;
      }
    }
    return a.remaining() == b.remaining();
  }

  private static boolean isNear(double a, double b) {
    return Double.compare(a, b) == 0 || Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a));
  }
}
