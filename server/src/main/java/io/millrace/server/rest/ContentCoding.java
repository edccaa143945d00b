package io.millrace.server.rest;

import com.google.protobuf.ByteString;
import io.millrace.server.model.GzipStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/** What a body may be compressed with. */
enum ContentCoding {
  GZIP,
  DEFLATE;

  private static final int CHUNK = 64 << 10;

  /** The coding of this name in a Content-Encoding header; nothing if it is another. */
  static Optional<ContentCoding> named(String name) {
    return switch (name) {
      case "gzip", "x-gzip" -> Optional.of(GZIP);
      case "deflate" -> Optional.of(DEFLATE);
      default -> Optional.empty();
    };
  }

  /** For messages. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** A stream of what was compressed, which throws an IOException at what is damaged or cut. */
  InputStream open(ByteString compressed) {
    return switch (this) {
      case GZIP -> new GzipStream(compressed.newInput());
      case DEFLATE -> new Deflated(compressed, new Inflater(!isZlib(compressed)));
    };
  }

  /**
   * HTTP's deflate is zlib's format (RFC 9110, 8.4.1.2), whose first two bytes tell (RFC 1950,
   * 2.2); some clients send what is inside it bare.
   */
  private static boolean isZlib(ByteString compressed) {
    if (compressed.size() < 2) {
      return true;
    }
    int method = compressed.byteAt(0) & 0xFF;
    int flags = compressed.byteAt(1) & 0xFF;
    return (method & 0x0F) == 8 && (method * 256 + flags) % 31 == 0;
  }

  /** Frees the native memory of its inflater, which the library leaves to whoever made that. */
  private static final class Deflated extends InflaterInputStream {
    Deflated(ByteString compressed, Inflater inflater) {
      super(compressed.newInput(), inflater, CHUNK);
    }

    @Override
    public void close() throws IOException {
      inf.end();
      super.close();
    }
  }
}
