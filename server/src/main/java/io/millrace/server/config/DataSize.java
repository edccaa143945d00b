package io.millrace.server.config;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes, written with its unit: {@code 100B}, {@code 4KiB}, {@code 64MiB}, {@code
 * 1GiB}.
 */
public record DataSize(long bytes) {
  private static final Pattern WRITTEN = Pattern.compile("([0-9]{1,9})(B|KiB|MiB|GiB)");
  private static final long KIBI = 1024;
  private static final long MEBI = KIBI * KIBI;
  private static final long GIBI = KIBI * MEBI;

  public DataSize {
    if (bytes < 0) {
      throw new IllegalArgumentException("a size is 0 or more bytes, got " + bytes);
    }
  }

  public static DataSize ofMebibytes(long mebibytes) {
    return new DataSize(Math.multiplyExact(mebibytes, MEBI));
  }

  /** Empty if the text is not a whole number of up to 9 digits directly before a unit. */
  public static Optional<DataSize> parse(String text) {
    Matcher matcher = WRITTEN.matcher(text);
    return matcher.matches()
        ? Optional.of(new DataSize(Long.parseLong(matcher.group(1)) * unit(matcher.group(2))))
        : Optional.empty();
  }

  private static long unit(String name) {
    return switch (name) {
      case "KiB" -> KIBI;
      case "MiB" -> MEBI;
      case "GiB" -> GIBI;
      default -> 1;
    };
  }

  /** In the largest unit that needs no fraction. */
  @Override
  public String toString() {
    for (String name : new String[] {"GiB", "MiB", "KiB"}) {
      if (bytes >= unit(name) && bytes % unit(name) == 0) {
        return bytes / unit(name) + name;
      }
    }
    return bytes + "B";
  }
}
