package io.millrace.server.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The formats that are decoded, known by how their files begin, whatever somebody calls them. */
enum ImageFormat {
  JPEG("\u00ff\u00d8\u00ff"),
  PNG("\u0089PNG\r\n\u001a\n"),
  GIF("GIF8"),
  BMP("BM");

  private final String beginning;

  /**
   * @param beginning one character for each byte
   */
  ImageFormat(String beginning) {
    this.beginning = beginning;
  }

  static Optional<ImageFormat> of(ByteBuffer file) {
    return Arrays.stream(values()).filter(format -> format.begins(file)).findFirst();
  }

  /** What a Content-Type calls it. */
  String type() {
    return "image/" + name().toLowerCase(Locale.ROOT);
  }

  private boolean begins(ByteBuffer file) {
    byte[] bytes = beginning.getBytes(StandardCharsets.ISO_8859_1);
    return file.remaining() >= bytes.length
        && file.slice(file.position(), bytes.length).equals(ByteBuffer.wrap(bytes));
  }

  /** For messages. */
  static List<ImageFormat> all() {
    return List.of(values());
  }
}
