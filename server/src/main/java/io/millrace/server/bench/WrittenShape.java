package io.millrace.server.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Shapes as people write them: {@code image=8x3x224x224,scale=1}. */
final class WrittenShape {
  private static final int MAX_DIGITS = 9;

  private WrittenShape() {}

  /** The shapes by name, or nothing if the text is none of that form. */
  static Optional<Map<String, List<Long>>> parse(String text) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    for (String part : text.split(",", -1)) {
      int equals = part.lastIndexOf('=');
      if (equals < 1 || !addSizes(part, equals, shapes)) {
        return Optional.empty();
      }
    }
    return Optional.of(shapes);
  }

  private static boolean addSizes(String part, int equals, Map<String, List<Long>> shapes) {
    List<Long> sizes = new ArrayList<>();
    for (String size : part.substring(equals + 1).split("x", -1)) {
      if (size.length() > MAX_DIGITS || !size.matches("[0-9]+")) {
        return false;
      }
      sizes.add(Long.valueOf(size));
    }
    return shapes.put(part.substring(0, equals), sizes) == null;
  }
}
