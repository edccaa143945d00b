package io.millrace.server.batching;

import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Gives each request of a batch its rows of an output. Pure; the parts are views of the whole. */
final class RowSplitter {
  private RowSplitter() {}

  /**
   * The parts of a tensor, in order.
   *
   * @param rows of each part; together those of the tensor
   */
  static List<Tensor> split(Tensor whole, long[] rows) {
    long all = whole.shape().size(0);
    long elementsOfRow = all == 0 ? 0 : whole.elements() / all;
    ByteBuffer rest = whole.data();
    List<Tensor> parts = new ArrayList<>(rows.length);
    Shape shape = whole.shape();
    for (long count : rows) {
      shape = shape.size(0) == count ? shape : shape.withRows(count);
      int bytes = bytes(whole, rest, count * elementsOfRow);
      parts.add(new Tensor(whole.name(), whole.dtype(), shape, rest.slice(rest.position(), bytes)));
      rest.position(rest.position() + bytes);
    }
    return parts;
  }

  /** How many bytes the next elements take. */
  private static int bytes(Tensor whole, ByteBuffer rest, long elements) {
    if (whole.dtype().isFixedSize()) {
      return Math.toIntExact(elements * whole.dtype().byteSize());
    }
    int at = rest.position();
    for (long i = 0; i < elements; i++) {
      at += Integer.BYTES + rest.getInt(at);
    }
    return at - rest.position();
  }
}
