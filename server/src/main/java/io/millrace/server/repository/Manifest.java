package io.millrace.server.repository;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The files that a version consists of: all of these and no others. Immutable.
 *
 * @param files by path; the manifest itself is not among them
 */
record Manifest(List<Entry> files) {
  static final String FILE_NAME = "manifest.json";
  static final int FORMAT = 1;

  /**
   * One file.
   *
   * @param path in the version's folder, with {@code /} between
   * @param sha256 64 digits in lower case
   */
  record Entry(String path, long size, String sha256) {
    /** Paths hold no backslash and no control character, so a quote is all that must be escaped. */
    private String json() {
      return "    {\"path\": \"%s\", \"size\": %d, \"sha256\": \"%s\"}"
          .formatted(path.replace("\"", "\\\""), size, sha256);
    }
  }

  Manifest {
    files = files.stream().sorted(Comparator.comparing(Entry::path)).toList();
  }

  /** The one way to write it: the same files give the same bytes. */
  byte[] toBytes() {
    return files.stream()
        .map(Entry::json)
        .collect(
            Collectors.joining(
                ",\n", "{\n  \"format\": " + FORMAT + ",\n  \"files\": [\n", "\n  ]\n}\n"))
        .getBytes(UTF_8);
  }

  /** The identity of the version's content, however its manifest is laid out. */
  String digest() {
    return "sha256:" + Sha256.of(toBytes());
  }
}
