package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Reads lists in lists into one tensor. The first list of each level sets the size of its
 * dimension, and all others have to agree. Confined to the thread that reads.
 */
final class NestedValues {
  private static final int UNKNOWN = -1;

  /** How the values of BYTES tensors are written. */
  enum BytesForm {
    TEXT,
    TEXT_OR_BASE64
  }

  private final Place root;
  private final BytesForm bytesForm;
  private final TensorValues values;
  private final long[] sizes = new long[Shape.MAX_RANK];
  private final long[] position = new long[Shape.MAX_RANK];
  private int rank = UNKNOWN;
  private int level;

  /**
   * Where in the body the values stand: {@code instances} with the suffix {@code .x} is {@code
   * instances[2].x[0]}.
   *
   * @param prefix asked only for messages
   */
  record Place(Supplier<String> prefix, String suffix) {
    Place(String prefix, String suffix) {
      this(() -> prefix, suffix);
    }
  }

  NestedValues(Place root, DataType dtype, BytesForm bytesForm, int maxBytes) {
    this.root = root;
    this.bytesForm = bytesForm;
    this.values = new TensorValues(dtype, maxBytes);
    Arrays.fill(sizes, UNKNOWN);
  }

  /** Reads the value that begins with the current token as the whole tensor. */
  void read(JsonParser json) throws IOException {
    read(json, 0);
  }

  /** The same, after what was read before is forgotten. */
  void readAnew(JsonParser json) throws IOException {
    values.clear();
    Arrays.fill(sizes, UNKNOWN);
    rank = UNKNOWN;
    read(json);
  }

  /** Reads the value that begins with the current token as a row of the tensor. */
  void readRow(JsonParser json, int row) throws IOException {
    position[0] = row;
    read(json, 1);
  }

  /** Takes a base64 object, of which the text is the current token, as a row or a scalar. */
  void readBase64(JsonParser json, int row, int depth) throws IOException {
    position[0] = row;
    level = depth;
    requireScalarAt(depth);
    requireBytes(json);
    values.addBytes(Base64Value.readFromText(json, this::path));
  }

  private void read(JsonParser json, int depth) throws IOException {
    level = depth;
    JsonToken token = json.currentToken();
    if (token == JsonToken.START_ARRAY) {
      readList(json, depth);
      return;
    }
    requireScalarAt(depth);
    if (token == JsonToken.START_OBJECT) {
      requireBytes(json);
      values.addBytes(Base64Value.read(json, this::path));
    } else {
      values.add(json, this);
    }
  }

  private void requireBytes(JsonParser json) {
    if (values.dtype() != DataType.BYTES || bytesForm == BytesForm.TEXT) {
      throw values.wrongType(json, this);
    }
  }

  private void readList(JsonParser json, int depth) throws IOException {
    if (depth >= (rank == UNKNOWN ? Shape.MAX_RANK : rank)) {
      throw Refusals.wrongShape(
          path(),
          rank == UNKNOWN
              ? "%s: a shape has at most %d levels of lists".formatted(path(), Shape.MAX_RANK)
              : "%s: a list where others have a value; the shape is uneven".formatted(path()));
    }
    long count = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      position[depth] = count++;
      read(json, depth + 1);
    }
    level = depth;
    close(depth, count);
  }

  private void close(int depth, long count) {
    if (rank == UNKNOWN) {
      rank = depth + 1;
    }
    if (sizes[depth] == UNKNOWN) {
      sizes[depth] = count;
    } else if (sizes[depth] != count) {
      throw Refusals.wrongShape(
          path(),
          "%s: a list of size %d where others have size %d; the shape is uneven"
              .formatted(path(), count, sizes[depth]));
    }
  }

  private void requireScalarAt(int depth) {
    if (rank == UNKNOWN) {
      rank = depth;
    } else if (rank != depth) {
      throw Refusals.wrongShape(
          path(), "%s: a value where others have a list; the shape is uneven".formatted(path()));
    }
  }

  /** Where the reading is, for messages. */
  String path() {
    StringBuilder path = new StringBuilder(root.prefix().get());
    for (int i = 0; i < level; i++) {
      path.append('[').append(position[i]).append(']');
      if (i == 0) {
        path.append(root.suffix());
      }
    }
    return path.toString();
  }

  /** The shape of what was read by {@link #read(JsonParser)}. */
  Shape shape() {
    return Shape.of(Arrays.copyOf(sizes, rank));
  }

  Tensor tensor(String name) {
    return tensor(name, shape());
  }

  /** The values that were read row by row. */
  Tensor tensorOfRows(String name, int rows) {
    sizes[0] = rows;
    return tensor(name, shape());
  }

  /** In the form of {@link Tensor#data()}, until more is read. */
  ByteBuffer data() {
    return values.data();
  }

  /** The values in another shape of as many elements. */
  Tensor tensor(String name, Shape shape) {
    return new Tensor(name, values.dtype(), shape, values.data());
  }

  ServingException mismatch(String message) {
    String place = root.prefix().get();
    return Refusals.wrongShape(place, place + ": " + message);
  }
}
