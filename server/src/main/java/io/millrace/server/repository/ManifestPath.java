package io.millrace.server.repository;

import java.util.List;
import java.util.Optional;

/** The rule for paths in a manifest: none leads out of the version's folder. */
final class ManifestPath {
  /** In words, for messages to people. */
  static final String RULE =
      "a path in the version's folder, such as model.onnx or data/weights.bin";

  private static final int MAX_LENGTH = 1024;

  private ManifestPath() {}

  /** What is wrong with a path, as the end of a sentence; empty if nothing is. */
  static Optional<String> fault(String path) {
    List<String> names = List.of(path.split("/", -1));
    if (path.startsWith("/")) {
      return Optional.of("is absolute");
    } else if (names.contains("..")) {
      return Optional.of("leads out of the folder");
    } else if (names.contains("") || names.contains(".")) {
      return Optional.of("has an empty part");
    } else if (names.size() > VersionWalk.MAX_DEPTH || path.length() > MAX_LENGTH) {
      return Optional.of("is too long");
    } else if (path.codePoints().anyMatch(ManifestPath::isUnwritable)) {
      return Optional.of("has a character that is not allowed");
    }
    return path.equals(Manifest.FILE_NAME) || ManifestWriter.isUnfinished(path)
        ? Optional.of("is the manifest itself")
        : Optional.empty();
  }

  /**
   * A backslash separates on Windows; what cannot be read as text differs from system to system.
   */
  private static boolean isUnwritable(int c) {
    return c == '\\'
        || c == 0xFFFD
        || Character.isISOControl(c)
        || Character.getType(c) == Character.SURROGATE;
  }
}
