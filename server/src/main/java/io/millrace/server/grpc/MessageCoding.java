package io.millrace.server.grpc;

import io.grpc.Decompressor;
import io.grpc.DecompressorRegistry;
import io.millrace.server.model.GzipStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Locale;
import java.util.zip.InflaterInputStream;

/**
 * What messages may be compressed with, and how they are read. Answers are compressed by
 * grpc-java's own gzip alone. Immutable.
 *
 * <p>gRPC decompresses on the event loop, where a small message could become a large one. So what
 * it gets here is the message as it came, behind a byte for what it was compressed with, and
 * whoever reads it says where {@link #unpacking} is done.
 */
enum MessageCoding implements Decompressor {
  /** Instead of grpc-java's, which overflows the stack at a message of many empty members. */
  GZIP('g'),

  /**
   * Clients in Python, C++ and Ruby offer it beside gzip, and grpc-java does not know it. By gRPC's
   * compression.md it is zlib's format.
   */
  DEFLATE('d');

  /** What grpc-java knows by itself, with these. */
  static final DecompressorRegistry REGISTRY =
      DecompressorRegistry.getDefaultInstance().with(GZIP, true).with(DEFLATE, true);

  private final char mark;

  MessageCoding(char mark) {
    this.mark = mark;
  }

  @Override
  public String getMessageEncoding() {
    return name().toLowerCase(Locale.ROOT);
  }

  @Override
  public InputStream decompress(InputStream compressed) {
    return new SequenceInputStream(new ByteArrayInputStream(new byte[] {(byte) mark}), compressed);
  }

  /**
   * What was compressed in a message of {@link #decompress}. Whoever reads the stream bounds what
   * comes out, and closes it, which frees the inflater.
   */
  static InputStream unpacking(InputStream packed) throws IOException {
    return packed.read() == GZIP.mark ? new GzipStream(packed) : new InflaterInputStream(packed);
  }
}
