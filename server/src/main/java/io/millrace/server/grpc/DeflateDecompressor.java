package io.millrace.server.grpc;

import io.grpc.Decompressor;
import io.grpc.DecompressorRegistry;
import java.io.InputStream;
import java.util.zip.InflaterInputStream;

/**
 * Reads messages that are compressed by {@code deflate}, which clients in Python, C++ and Ruby
 * offer beside gzip and grpc-java does not know. By gRPC's compression.md that is zlib's format.
 * Answers are never compressed by it. Immutable.
 */
final class DeflateDecompressor implements Decompressor {
  /** What grpc-java knows by itself, and this. */
  static final DecompressorRegistry REGISTRY =
      DecompressorRegistry.getDefaultInstance().with(new DeflateDecompressor(), true);

  private DeflateDecompressor() {}

  @Override
  public String getMessageEncoding() {
    return "deflate";
  }

  /** Whoever reads the stream bounds what comes out, and closes it, which frees the inflater. */
  @Override
  public InputStream decompress(InputStream compressed) {
    return new InflaterInputStream(compressed);
  }
}
