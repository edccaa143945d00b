package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads one input of an infer body, whose values are its {@code data} or bytes behind the JSON.
 * {@code data} can be read only when {@code datatype} is known; if it stands before it, the reader
 * goes back for it. Confined to the thread that reads.
 */
final class InferInput {
  /** Others are passed over, however many and often. */
  private static final Set<String> KEYS = Set.of("name", "datatype", "shape", "parameters", "data");

  private static final long MAX_SIZE = Integer.MAX_VALUE;

  private final JsonText text;
  private final BinaryTensors tensors;
  private final String path;
  private final int maxBytes;
  private String name = "";
  private @Nullable DataType dtype;
  private @Nullable Shape shape;
  private @Nullable NestedValues data;
  private long skippedData = -1;
  private OptionalLong binarySize = OptionalLong.empty();

  /**
   * @param text all JSON of the body
   * @param tensors what stands behind it
   * @param path of the input in it, for messages
   */
  InferInput(JsonText text, BinaryTensors tensors, String path, int maxBytes) {
    this.text = text;
    this.tensors = tensors;
    this.path = path;
    this.maxBytes = maxBytes;
  }

  /** Reads the object that begins with the current token. */
  Tensor read(JsonParser json) throws IOException {
    Set<String> seen = new HashSet<>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      json.nextToken();
      if (KEYS.contains(key) && !seen.add(key)) {
        throw Refusals.malformed(path, "%s: %s is given twice".formatted(path, Quote.of(key)));
      }
      readField(json, key);
    }
    return tensor();
  }

  private void readField(JsonParser json, String key) throws IOException {
    switch (key) {
      case "name" -> name = InferReader.text(json, path + ".name");
      case "datatype" -> dtype = readType(json);
      case "shape" -> shape = readShape(json);
      case "parameters" -> binarySize = InferParameters.ofInput(json, path + ".parameters");
      case "data" -> readData(json);
      default -> json.skipChildren();
    }
  }

  private DataType readType(JsonParser json) throws IOException {
    String type = InferReader.text(json, path + ".datatype");
    for (DataType known : DataType.values()) {
      if (known.name().equals(type)) {
        return known;
      }
    }
    throw Refusals.wrongType(
        path + ".datatype", "%s: there is no datatype %s".formatted(path, Quote.of(type)));
  }

  private Shape readShape(JsonParser json) throws IOException {
    String field = path + ".shape";
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw Refusals.malformed(field, field + " must be a list of whole numbers");
    }
    long[] sizes = new long[Shape.MAX_RANK];
    int rank = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (rank == Shape.MAX_RANK) {
        throw Refusals.wrongShape(
            field, "%s has more than %d sizes".formatted(field, Shape.MAX_RANK));
      }
      sizes[rank++] = readSize(json, field);
    }
    return Shape.of(Arrays.copyOf(sizes, rank));
  }

  private static long readSize(JsonParser json, String field) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw Refusals.malformed(field, field + " must be a list of whole numbers");
    }
    WholeNumber size = WholeNumber.of(json);
    if (!size.isBetween(0, MAX_SIZE)) {
      throw Refusals.wrongShape(field, "%s: a size is 0 to %d".formatted(field, MAX_SIZE));
    }
    return size.bits();
  }

  private void readData(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw Refusals.malformed(path + ".data", path + ".data must be a list");
    }
    DataType known = dtype;
    if (known == null) {
      skippedData = json.currentTokenLocation().getByteOffset();
      json.skipChildren();
      return;
    }
    data = values(json, known);
  }

  private NestedValues values(JsonParser json, DataType type) throws IOException {
    NestedValues values =
        new NestedValues(
            new NestedValues.Place(path + ".data", ""),
            type,
            NestedValues.BytesForm.TEXT,
            maxBytes);
    values.read(json);
    return values;
  }

  /** Goes back to the data that stood before its type. */
  private @Nullable NestedValues skipped(DataType type) {
    if (skippedData < 0) {
      return null;
    }
    // The place is known in bytes only if the text is UTF-8, as all JSON on the wire has to be.
    if (skippedData > text.bytes().size()) {
      throw Refusals.malformed("the body is no UTF-8 text");
    }
    return new JsonText(text.bytes().substring((int) skippedData))
        .read(
            json -> {
              json.nextToken();
              return values(json, type);
            });
  }

  private Tensor tensor() {
    if (name.isEmpty()) {
      throw missing("name");
    }
    DataType type = dtype;
    if (type == null) {
      throw missing("datatype");
    }
    Shape declared = shape;
    if (declared == null) {
      throw missing("shape");
    }
    if (binarySize.isPresent()) {
      return binary(type, declared, binarySize.getAsLong());
    }
    NestedValues values = data == null ? skipped(type) : data;
    if (values == null) {
      throw missing("data");
    }
    requireShape(declared, values.shape());
    return values.tensor(name, declared);
  }

  private Tensor binary(DataType type, Shape declared, long size) {
    String field = path + ".parameters.binary_data_size";
    if (data != null || skippedData >= 0) {
      throw Refusals.malformed(
          field,
          "input %s has data and binary_data_size; give one of them".formatted(Quote.of(name)));
    }
    ByteBuffer values = tensors.take(field, name, size);
    return RawContent.tensor(field, TensorSpec.of(name, type, declared.toArray()), values);
  }

  private ServingException missing(String key) {
    return Refusals.malformed(
        path + "." + key,
        "%s has no %s; an input has name, shape, datatype and data, or the parameter binary_data_size instead of data"
            .formatted(path, key));
  }

  /** Flat data has as many values as the shape; nested data has the shape. */
  private void requireShape(Shape declared, Shape read) {
    if (read.rank() == 1) {
      if (!declared.elements().equals(read.elements())) {
        throw ServingException.refusal(
            Reason.TENSOR_SIZE_MISMATCH,
            path + ".data",
            "%s: shape %s does not have the %d values of data"
                .formatted(path, declared, read.size(0)));
      }
    } else if (!declared.equals(read)) {
      throw Refusals.wrongShape(
          path + ".data",
          "%s: the lists of data have shape %s, its shape says %s".formatted(path, read, declared));
    }
  }
}
