package io.millrace.server.repository;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/** A short text that differs when what it was made of differs. Confined to one thread. */
final class Fingerprint {
  private static final int LENGTH_BYTES = 16;

  private final MessageDigest digest = Sha256.digest();

  static String of(String... parts) {
    Fingerprint fingerprint = new Fingerprint();
    for (String part : parts) {
      fingerprint.add(part);
    }
    return fingerprint.end();
  }

  void add(String part) {
    digest.update(part.getBytes(StandardCharsets.UTF_8));
    // No text holds this byte, so "ab" + "c" differs from "a" + "bc".
    digest.update((byte) 0xFF);
  }

  String end() {
    return HexFormat.of().formatHex(digest.digest(), 0, LENGTH_BYTES);
  }
}
