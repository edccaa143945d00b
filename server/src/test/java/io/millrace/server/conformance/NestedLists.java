package io.millrace.server.conformance;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** Tensors as lists of lists, as JSON has them, there and back. */
final class NestedLists {
  private static final String BASE64 = "b64";

  private NestedLists() {}

  /** All values in one list. */
  static String flat(Input input) {
    return list(texts(input));
  }

  /** As many levels of lists as there are sizes; none for a scalar. */
  static String nested(Input input) {
    return nested(input.shape(), texts(input));
  }

  /** The same row by row. */
  static List<String> rows(Input input) {
    List<Long> row = input.shape().subList(1, input.rank());
    return parts(input.shape().get(0), texts(input)).stream().map(t -> nested(row, t)).toList();
  }

  /** Whether no lists show the shape: an empty list does not tell what it would hold. */
  static boolean hide(List<Long> shape) {
    return shape.contains(0L) && shape.indexOf(0L) < shape.size() - 1;
  }

  private static String nested(List<Long> shape, List<String> texts) {
    if (shape.isEmpty()) {
      return texts.get(0);
    }
    if (shape.size() == 1) {
      return list(texts);
    }
    List<Long> inner = shape.subList(1, shape.size());
    return list(parts(shape.get(0), texts).stream().map(part -> nested(inner, part)).toList());
  }

  private static List<List<String>> parts(long count, List<String> texts) {
    List<List<String>> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int size = texts.size() / (int) count;
      parts.add(texts.subList(i * size, (i + 1) * size));
    }
    return parts;
  }

  private static String list(List<String> texts) {
    return texts.stream().collect(Collectors.joining(",", "[", "]"));
  }

  private static List<String> texts(Input input) {
    return input.elements().stream()
        .map(e -> input.dtype() == DataType.BYTES ? bytes(e.bits()) : e.text())
        .toList();
  }

  private static String bytes(ByteString bytes) {
    return bytes.isValidUtf8()
        ? Json.quoted(bytes.toStringUtf8())
        : "{\"%s\":\"%s\"}"
            .formatted(BASE64, Base64.getEncoder().encodeToString(bytes.toByteArray()));
  }

  /** Reads what {@link #nested} writes. */
  static Output read(String name, DataType dtype, Json lists) {
    List<Long> shape = new ArrayList<>();
    for (Json level = lists; level instanceof Json.Items list; level = list.items().get(0)) {
      shape.add((long) list.items().size());
      if (list.items().isEmpty()) {
        break;
      }
    }
    List<ByteString> values = new ArrayList<>();
    collect(dtype, lists, values);
    return Output.of(name, dtype, shape, values);
  }

  /** Reads the values of one list. */
  static List<ByteString> values(DataType dtype, Json list) {
    List<ByteString> values = new ArrayList<>();
    collect(dtype, list, values);
    return values;
  }

  private static void collect(DataType dtype, Json value, List<ByteString> values) {
    if (value instanceof Json.Items list) {
      list.items().forEach(item -> collect(dtype, item, values));
    } else if (value instanceof Json.Entries) {
      values.add(ByteString.copyFrom(Base64.getDecoder().decode(value.get(BASE64).text())));
    } else {
      values.add(Element.bits(dtype, value.text()));
    }
  }
}
