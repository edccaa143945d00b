package io.millrace.server.grpc;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.RawValues;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorHead;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/**
 * Between tensors and the bytes or typed lists of the protocols. Raw values become views of the
 * request's memory; everything that a caller claims is checked before anything is allocated for it.
 */
final class TensorCodec {
  private TensorCodec() {}

  /** What a request says of a tensor before its values. */
  record Head(String path, String name, DataType dtype, Shape shape) implements TensorHead {
    long elements() {
      return shape.elements().orElseThrow();
    }
  }

  /** A tensor whose values are bytes in the given field; it is a view of them, without a copy. */
  static Tensor fromRaw(Head head, String field, ByteString raw) {
    // A string that is a part of another begins in the middle of its buffer; the slice at 0.
    ByteBuffer values = raw.asReadOnlyByteBuffer().slice().order(ByteOrder.LITTLE_ENDIAN);
    return named(
        head.name(),
        () -> {
          RawValues.check(field, head.dtype(), head.shape(), values);
          return new Tensor(head.name(), head.dtype(), head.shape(), values);
        });
  }

  /**
   * A tensor whose values are in one of the typed lists of its message; a tensor without elements
   * needs none.
   *
   * @param lists all lists of the message, most of them empty
   */
  static Tensor fromTyped(Head head, List<TypedValues> lists) {
    Optional<TypedValues> list = ownList(head, lists);
    int size = list.map(TypedValues::size).orElse(0);
    if (size != head.elements()) {
      throw wrongCount(head, list.map(TypedValues::field).orElse(head.path()), size);
    }
    ByteBuffer values = list.map(l -> encoded(head, l)).orElseGet(() -> ByteBuffer.allocate(0));
    return new Tensor(head.name(), head.dtype(), head.shape(), values);
  }

  /** The values of a list; a refusal of one of them names the tensor. */
  static ByteBuffer encoded(Head head, TypedValues list) {
    return named(head.name(), () -> list.encode(head.dtype()));
  }

  /**
   * The list of the tensor's type, which may be empty; there are types that have none.
   *
   * @param lists all lists of the message
   * @throws ServingException if another list has values
   */
  static Optional<TypedValues> ownList(Head head, List<TypedValues> lists) {
    for (TypedValues list : lists) {
      if (list.size() > 0 && !list.types().contains(head.dtype())) {
        throw ServingException.refusal(
            Reason.TENSOR_DTYPE_MISMATCH,
            list.field(),
            "%s has values, but %s of tensor %s"
                .formatted(list.field(), whereFrom(head.dtype(), lists), Quote.of(head.name())));
      }
    }
    return listOf(head.dtype(), lists);
  }

  private static Optional<TypedValues> listOf(DataType dtype, List<TypedValues> lists) {
    return lists.stream().filter(list -> list.types().contains(dtype)).findFirst();
  }

  private static String whereFrom(DataType dtype, List<TypedValues> lists) {
    return listOf(dtype, lists)
        .map(list -> "%s holds the %s values".formatted(list.field(), dtype))
        .orElse("only raw bytes hold the %s values".formatted(dtype));
  }

  /** Reads a part of a tensor; a refusal names the tensor, whatever the part knows of it. */
  static <T> T named(String tensor, Supplier<T> part) {
    try {
      return part.get();
    } catch (ServingException e) {
      throw ServingException.refusal(
          e.reason(),
          e.violations().get(0).field(),
          "tensor %s: %s".formatted(Quote.of(tensor), e.getMessage()));
    }
  }

  static ServingException wrongCount(Head head, String field, int size) {
    return ServingException.refusal(
        Reason.TENSOR_SIZE_MISMATCH,
        field,
        "tensor %s of %s %s takes %d values, got %d"
            .formatted(Quote.of(head.name()), head.dtype(), head.shape(), head.elements(), size));
  }

  static Iterable<Long> sizes(Shape shape) {
    return LongStream.of(shape.toArray()).boxed().toList();
  }
}
