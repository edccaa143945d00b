package io.millrace.server.repository;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, as 64 digits in lower case. */
final class Sha256 {
  private static final int BUFFER_BYTES = 64 << 10;

  private Sha256() {}

  static String of(byte[] content) {
    return text(digest().digest(content));
  }

  /** Reads to the end. Blocks. */
  static String of(InputStream content) throws IOException {
    MessageDigest digest = digest();
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
      digest.update(buffer, 0, read);
    }
    return text(digest.digest());
  }

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  static String text(byte[] digest) {
    return HexFormat.of().formatHex(digest);
  }
}
