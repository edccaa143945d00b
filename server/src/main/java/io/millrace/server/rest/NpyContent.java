package io.millrace.server.rest;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads a file of {@code numpy.save}; what stands in another order than tensors do is put right in
 * a copy.
 */
final class NpyContent {
  private static final String FILE_ENDING = ".npy";

  private NpyContent() {}

  /**
   * Whether bytes that were sent as values are such a file, since curl calls every file so. Values
   * of several bytes do not begin so by chance; of single bytes the file's name has to tell.
   *
   * @param values the type of those that are expected
   */
  static boolean isSentAsValues(Content content, DataType values) {
    return NpyHeader.begins(content.data())
        && (values.byteSize() > 1 || (values.isFixedSize() && content.isNamed(FILE_ENDING)));
  }

  static Tensor read(Content content, TensorSpec input) {
    ByteBuffer file = content.bytes();
    NpyHeader header = NpyHeader.read(content.place(), file);
    ByteBuffer values = file.slice(header.length(), file.limit() - header.length());
    Tensor asItStands =
        RawContent.tensor(
            content.place(),
            TensorSpec.of(input.name(), header.dtype(), header.shape().toArray()),
            values);
    boolean isInOrder =
        !(header.isBigEndian() && header.dtype().byteSize() > 1)
            && !(header.isFortranOrder() && header.shape().rank() > 1);
    return isInOrder
        ? asItStands
        : new Tensor(input.name(), header.dtype(), header.shape(), inOrder(values, header));
  }

  /** The values little-endian and row by row. */
  private static ByteBuffer inOrder(ByteBuffer values, NpyHeader header) {
    Shape shape = header.shape();
    int size = header.dtype().byteSize();
    ByteBuffer ordered = ByteBuffer.allocate(values.limit()).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer source =
        values.slice().order(header.isBigEndian() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    int[] apart = apart(shape, header.isFortranOrder());
    int[] at = new int[shape.rank()];
    int from = 0;
    while (ordered.hasRemaining()) {
      copy(source, from * size, ordered, size);
      from += next(at, shape, apart);
    }
    return ordered.flip();
  }

  private static void copy(ByteBuffer source, int from, ByteBuffer target, int size) {
    switch (size) {
      case Byte.BYTES -> target.put(source.get(from));
      case Short.BYTES -> target.putShort(source.getShort(from));
      case Integer.BYTES -> target.putInt(source.getInt(from));
      default -> target.putLong(source.getLong(from));
    }
  }

  /** How many elements lie between neighbours along each dimension. */
  private static int[] apart(Shape shape, boolean isFortranOrder) {
    int[] apart = new int[shape.rank()];
    int elements = 1;
    for (int i = 0; i < apart.length; i++) {
      int dimension = isFortranOrder ? i : apart.length - 1 - i;
      apart[dimension] = elements;
      elements *= (int) shape.size(dimension);
    }
    return apart;
  }

  /** Goes to the next element row by row, and tells how far away it is. */
  private static int next(int[] at, Shape shape, int[] apart) {
    int step = 0;
    for (int i = at.length - 1; i >= 0; i--) {
      step += apart[i];
      at[i]++;
      if (at[i] < shape.size(i)) {
        return step;
      }
      step -= at[i] * apart[i];
      at[i] = 0;
    }
    return step;
  }
}
