package io.millrace.server.rest;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.RawValues;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;

/** Takes bytes for the little-endian values of a tensor, row by row, without a copy. */
final class RawContent {
  private RawContent() {}

  /**
   * @param query says type and shape where they are not the input's; of BYTES it says the shape
   * @param advice how a caller can say the shape, where the bytes alone do not
   */
  static Tensor read(Content content, TensorSpec input, ContentQuery query, String advice) {
    DataType dtype = query.dtypeOr(input.dtype());
    TensorSpec taken = TensorSpec.of(input.name(), dtype, input.shape().toArray());
    Shape shape = query.shape().orElseGet(() -> implied(content, taken, advice));
    return tensor(
        content.place(), TensorSpec.of(input.name(), dtype, shape.toArray()), content.bytes());
  }

  /**
   * The tensor that has these bytes, if they are as its type and shape say.
   *
   * @param field of the bytes in the request
   * @param spec what the tensor is; no size is open
   */
  static Tensor tensor(String field, TensorSpec spec, ByteBuffer values) {
    return Refusals.named(
        spec.name(),
        () -> {
          RawValues.check(field, spec.dtype(), spec.shape(), values);
          return new Tensor(spec.name(), spec.dtype(), spec.shape(), values);
        });
  }

  /** The shape that so many bytes make of the one that the model takes. */
  private static Shape implied(Content content, TensorSpec taken, String advice) {
    int bytes = content.data().size();
    if (bytes == 0 && !taken.shape().elements().equals(OptionalLong.of(0))) {
      // Lost rather than meant: no rows have to be said.
      throw content.empty();
    }
    if (taken.shape().isConcrete()) {
      return taken.shape();
    }
    int size = taken.dtype().byteSize();
    Optional<Shape> implied =
        bytes % size == 0 ? ImpliedShape.of(taken.shape(), bytes / size) : Optional.empty();
    return implied.orElseThrow(() -> unshaped(content, taken, advice));
  }

  private static ServingException unshaped(Content content, TensorSpec taken, String advice) {
    if (ImpliedShape.isAmbiguous(taken.shape())) {
      return Refusals.wrongShape(
          content.place(),
          "%s: input %s leaves more than one size open beside its rows, so bytes alone do not say its shape; %s"
              .formatted(content.place(), taken, advice));
    }
    return ServingException.refusal(
        Reason.TENSOR_SIZE_MISMATCH,
        content.place(),
        "%s: input %s of %s %s takes a multiple of %d bytes, got %d"
            .formatted(
                content.place(),
                Quote.of(taken.name()),
                taken.dtype(),
                taken.shape(),
                rowBytes(taken),
                content.data().size()));
  }

  /** What one step of the open sizes takes. */
  private static long rowBytes(TensorSpec taken) {
    long bytes = taken.dtype().byteSize();
    for (long size : taken.shape().toArray()) {
      bytes *= size == Shape.ANY ? 1 : size;
    }
    return bytes;
  }
}
