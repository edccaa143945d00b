package io.millrace.server.repository;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;

/** Manifests for tests. */
final class Manifests {
  private Manifests() {}

  /**
   * The manifest of files with these contents.
   *
   * @param pathsAndContents a path, its content, another path, its content
   */
  static Manifest of(String... pathsAndContents) {
    List<Manifest.Entry> files = new ArrayList<>();
    for (int i = 0; i < pathsAndContents.length; i += 2) {
      byte[] content = pathsAndContents[i + 1].getBytes(UTF_8);
      files.add(new Manifest.Entry(pathsAndContents[i], content.length, Sha256.of(content)));
    }
    return new Manifest(files);
  }

  static String text(Manifest manifest) {
    return new String(manifest.toBytes(), UTF_8);
  }
}
