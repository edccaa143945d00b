package io.millrace.server.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Messages as somebody else's files have them; see resources/open-inference-messages.txt. */
final class WireTable {
  private static final String COLUMNS = " *\\| *";

  private WireTable() {}

  /**
   * A message.
   *
   * @param name without the package, with a dot before the name of a message within it
   */
  record Message(String name, List<Field> fields) {
    private static Message of(String line) {
      String[] columns = line.split(COLUMNS);
      List<Field> fields = Arrays.stream(columns).skip(1).map(Field::of).toList();
      return new Message(columns[0], fields);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** A field of one value, of a list of them, or of a map to them from texts. */
  record Field(String name, int number, Count count, String type) {
    private static Field of(String column) {
      String[] words = column.split(" ", 3);
      Count count = Count.of(words[2]);
      String type = count == Count.ONE ? words[2] : words[2].substring(1);
      return new Field(words[0], Integer.parseInt(words[1]), count, type);
    }
  }

  enum Count {
    ONE,
    LIST,
    MAP;

    private static Count of(String type) {
      return switch (type.charAt(0)) {
        case '*' -> LIST;
        case '%' -> MAP;
        default -> ONE;
      };
    }
  }

  static List<Message> openInference() {
    try (InputStream resource =
        Objects.requireNonNull(
            WireTable.class.getResourceAsStream("/open-inference-messages.txt"))) {
      return new String(resource.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(Message::of)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
