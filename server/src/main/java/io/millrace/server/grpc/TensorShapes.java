package io.millrace.server.grpc;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import java.util.OptionalLong;
import java.util.function.IntToLongFunction;

/**
 * Reads the shapes that callers claim, before a byte is allocated for them: at most {@link
 * Shape#MAX_RANK} sizes from 0 to 2^31 - 1, whose elements together fit one buffer.
 */
final class TensorShapes {
  private static final long MAX_SIZE = Integer.MAX_VALUE;

  private TensorShapes() {}

  /**
   * The shape of a tensor of a request.
   *
   * @param path of the tensor in the request, such as {@code inputs[2]}
   */
  static Shape decode(String path, DataType dtype, int rank, IntToLongFunction sizes) {
    return decodeAt(path + ".shape", dtype, rank, sizes);
  }

  /**
   * The same where a protocol has another name for the sizes.
   *
   * @param field of the sizes, such as {@code inputs['x'].tensor_shape.dim}
   */
  static Shape decodeAt(String field, DataType dtype, int rank, IntToLongFunction sizes) {
    if (rank > Shape.MAX_RANK) {
      throw mismatch(field, "a shape has at most %d sizes, got %d".formatted(Shape.MAX_RANK, rank));
    }
    long[] checked = new long[rank];
    for (int i = 0; i < rank; i++) {
      checked[i] = checkedSize(field, i, sizes.applyAsLong(i));
    }
    Shape shape = Shape.of(checked);
    OptionalLong elements = shape.elements();
    if (elements.isEmpty() || elements.getAsLong() > MAX_SIZE / leastBytes(dtype)) {
      throw mismatch(field, "%s %s is more than one message can hold".formatted(dtype, shape));
    }
    return shape;
  }

  private static long checkedSize(String field, int index, long size) {
    if (size < 0 || size > MAX_SIZE) {
      throw mismatch(
          "%s[%d]".formatted(field, index), "a size is 0 to %d, got %d".formatted(MAX_SIZE, size));
    }
    return size;
  }

  /** What an element takes at least; one of BYTES takes its length. */
  private static int leastBytes(DataType dtype) {
    return dtype.isFixedSize() ? dtype.byteSize() : Integer.BYTES;
  }

  private static ServingException mismatch(String field, String message) {
    return ServingException.refusal(Reason.TENSOR_SHAPE_MISMATCH, field, message);
  }
}
