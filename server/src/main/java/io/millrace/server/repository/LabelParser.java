package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.ClassLabels;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the text of a {@code labels.txt}: a line for each class, in the order of the scores. An
 * empty line leaves its class without a name; those at the end do not count. Pure.
 */
final class LabelParser {
  /** Names for a hundred thousand classes. */
  static final int MAX_BYTES = 4 << 20;

  /** More is a text, or a file of another kind. */
  static final int MAX_LENGTH = 256;

  private static final String BYTE_ORDER_MARK = "\uFEFF";
  private static final String SAVE = "save it as UTF-8 text, the name of one class on each line";

  private LabelParser() {}

  /**
   * What the content means.
   *
   * @param file as people know it, {@code iris/3/labels.txt}
   */
  static LabelFile parse(String file, byte[] content) {
    if (content.length > MAX_BYTES) {
      return bad(file, "is larger than the %d MiB that it may have".formatted(MAX_BYTES >> 20));
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException e) {
      return bad(file, "is no UTF-8 text");
    }
    List<String> names = names(text);
    for (int i = 0; i < names.size(); i++) {
      Optional<String> fault = fault(names.get(i));
      if (fault.isPresent()) {
        return bad(file + ":" + (i + 1), fault.get());
      }
    }
    return new LabelFile.Good(new ClassLabels(names));
  }

  private static List<String> names(String text) {
    String marked = text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    List<String> names = new ArrayList<>(marked.lines().map(String::strip).toList());
    while (!names.isEmpty() && names.get(names.size() - 1).isEmpty()) {
      names.remove(names.size() - 1);
    }
    return names;
  }

  private static Optional<String> fault(String name) {
    if (name.length() > MAX_LENGTH) {
      return Optional.of(
          "has %d characters, a name has at most %d".formatted(name.length(), MAX_LENGTH));
    }
    return name.chars()
        .filter(c -> Character.isISOControl(c) && c != '\t')
        .mapToObj("holds the control character U+%04X"::formatted)
        .findFirst();
  }

  private static LabelFile bad(String place, String fault) {
    return new LabelFile.Bad(new Problem(place, fault, SAVE));
  }
}
