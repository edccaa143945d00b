package io.millrace.server.grpc;

import io.grpc.Decompressor;
import io.grpc.DecompressorRegistry;
import io.millrace.server.model.GzipStream;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.InflaterInputStream;

/**
 * What messages may be compressed with, and how they are read. Answers are compressed by
 * grpc-java's own gzip alone. Immutable.
 */
enum MessageCoding implements Decompressor {
  /** Instead of grpc-java's, which overflows the stack at a message of many empty members. */
  GZIP,

  /**
   * Clients in Python, C++ and Ruby offer it beside gzip, and grpc-java does not know it. By gRPC's
   * compression.md it is zlib's format.
   */
  DEFLATE;

  /** What grpc-java knows by itself, with these. */
  static final DecompressorRegistry REGISTRY =
      DecompressorRegistry.getDefaultInstance().with(GZIP, true).with(DEFLATE, true);

  @Override
  public String getMessageEncoding() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whoever reads the stream bounds what comes out, and closes it, which frees the inflater. */
  @Override
  public InputStream decompress(InputStream compressed) {
    return switch (this) {
      case GZIP -> new GzipStream(compressed);
      case DEFLATE -> new InflaterInputStream(compressed);
    };
  }
}
