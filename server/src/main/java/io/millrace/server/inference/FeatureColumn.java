package io.millrace.server.inference;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The values of one input, gathered from the lists of one feature. The lists are flat, so at most
 * one dimension beside the rows may be open: the length of the first list settles it. Confined to
 * one thread.
 */
final class FeatureColumn {
  private static final int FIRST_BYTES = 256;
  private static final long UNSETTLED = -1;
  private static final int NONE = -1;

  private final TensorSpec input;

  /** How many values the dimensions of known size hold together. */
  private final long known;

  /** The dimension that the length of the lists settles. */
  private final int open;

  private long count;
  private int rows;
  private boolean shared;
  private ByteBuffer data = buffer(0);

  FeatureColumn(TensorSpec input) {
    this.input = input;
    long product = 1;
    int found = NONE;
    for (int i = 1; i < input.shape().rank(); i++) {
      if (input.shape().size(i) != Shape.ANY) {
        product = Math.multiplyExact(product, input.shape().size(i));
      } else if (found == NONE) {
        found = i;
      } else {
        throw notForLists(input);
      }
    }
    if (input.shape().rank() == 0) {
      throw notForLists(input);
    }
    known = product;
    open = found;
    count = open == NONE ? known : UNSETTLED;
  }

  private static ServingException notForLists(TensorSpec input) {
    return ServingException.refusal(
        Reason.REQUEST_MALFORMED,
        "input %s cannot be filled from the flat lists of examples; call Predict".formatted(input));
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  TensorSpec input() {
    return input;
  }

  /** How many examples have the feature. */
  int rows() {
    return rows;
  }

  /** Whether the feature is in the context. */
  boolean isShared() {
    return shared;
  }

  /** Whether a row may have so many values. */
  boolean takes(long values) {
    if (count != UNSETTLED) {
      return values == count;
    }
    return known == 0 ? values == 0 : values % known == 0;
  }

  /** How many values a row has, for messages. */
  String expected() {
    return count == UNSETTLED ? "a multiple of " + known : Long.toString(count);
  }

  /** Takes a row, or what stands for all of them. */
  void add(long values, ByteBuffer bytes, boolean isForAll) {
    count = values;
    shared = isForAll;
    rows += isForAll ? 0 : 1;
    if (data.remaining() < bytes.remaining()) {
      grow(bytes.remaining());
    }
    data.put(bytes);
  }

  private void grow(int more) {
    long needed = (long) data.position() + more;
    long roomy = Math.max(FIRST_BYTES, Math.max(2L * data.capacity(), needed));
    data = buffer((int) Math.min(roomy, Integer.MAX_VALUE)).put(data.flip());
  }

  /** What the tensor of so many examples takes. */
  long bytes(int examples) {
    return shared ? (long) data.position() * examples : data.position();
  }

  /** The input with a row for each example; {@link #bytes} were found to fit a buffer. */
  Tensor tensor(int examples) {
    ByteBuffer values = data.duplicate().flip();
    return new Tensor(
        input.name(), input.dtype(), shape(examples), shared ? repeated(values, examples) : values);
  }

  private static ByteBuffer repeated(ByteBuffer row, int times) {
    ByteBuffer all = buffer(Math.multiplyExact(row.remaining(), times));
    for (int i = 0; i < times; i++) {
      all.put(row.duplicate());
    }
    return all.flip();
  }

  private Shape shape(int examples) {
    long[] sizes = input.shape().toArray();
    sizes[0] = examples;
    if (open != NONE) {
      sizes[open] = known == 0 ? 0 : count / known;
    }
    return Shape.of(sizes);
  }
}
