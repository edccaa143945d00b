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
import java.util.Optional;
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
  private final Optional<PictureRows> pictures;
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
    this(root, new TensorValues(dtype, maxBytes), bytesForm, Optional.empty());
  }

  /**
   * @param pictures takes those that stand in place of values, if any may
   */
  NestedValues(
      Place root, TensorValues values, BytesForm bytesForm, Optional<PictureRows> pictures) {
    this.root = root;
    this.bytesForm = bytesForm;
    this.values = values;
    this.pictures = pictures;
    Arrays.fill(sizes, UNKNOWN);
  }

  /** Reads the value that begins with the current token as the whole tensor. */
  void read(JsonParser json) throws IOException {
    read(json, 0);
  }

  /** The same, after what was read before is forgotten. */
  void readAnew(JsonParser json) throws IOException {
    values.clear();
    pictures.ifPresent(PictureRows::clear);
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
    addBase64(json);
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
      Base64Value.open(json, this::path);
      addBase64(json);
    } else {
      requireNoPicture(json);
      values.add(json, this);
    }
  }

  /** Asks at the opening of an object, or at the text of one that is base64. */
  private void requireBytes(JsonParser json) throws IOException {
    boolean areTaken = values.dtype() == DataType.BYTES || pictures.isPresent();
    if (bytesForm == BytesForm.TEXT) {
      throw values.wrongType(json, this);
    }
    if (!areTaken) {
      throw Base64Value.isIn(json) ? notBytes() : values.wrongType(json, this);
    }
  }

  private ServingException notBytes() {
    return Refusals.wrongType(
        path(),
        "%s: expected type %s, got bytes as base64; those of a picture are taken where preprocess in the model's config.yaml says how they become that"
            .formatted(path(), values.dtype()));
  }

  private void addBase64(JsonParser json) throws IOException {
    if (pictures.isEmpty()) {
      values.addBytes(Base64Value.readFromText(json, this::path));
      return;
    }
    if (values.data().hasRemaining()) {
      throw Refusals.wrongShape(path(), "%s: a picture where others are values".formatted(path()));
    }
    pictures.get().read(json, this::path, level);
  }

  private void requireNoPicture(JsonParser json) {
    if (pictures.isEmpty()) {
      return;
    }
    if (json.currentToken() == JsonToken.VALUE_STRING) {
      throw Refusals.wrongType(
          path(),
          "%s: expected type %s, got a text; a picture is {\"b64\": \"...\"}, its file as base64"
              .formatted(path(), values.dtype()));
    }
    if (havePictures()) {
      throw Refusals.wrongShape(path(), "%s: a value where others are pictures".formatted(path()));
    }
  }

  /** Whether what was read are pictures. */
  boolean havePictures() {
    return pictures.isPresent() && !pictures.get().isEmpty();
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
    Shape read = Shape.of(Arrays.copyOf(sizes, rank));
    return havePictures() ? pictures.orElseThrow().shape(read) : read;
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
    return havePictures() ? pictures.orElseThrow().data() : values.data();
  }

  /** The values in another shape of as many elements. */
  Tensor tensor(String name, Shape shape) {
    return new Tensor(name, values.dtype(), shape, data());
  }

  ServingException mismatch(String message) {
    String place = root.prefix().get();
    return Refusals.wrongShape(place, place + ": " + message);
  }
}
