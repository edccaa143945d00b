package io.millrace.server.image;

import java.nio.ByteBuffer;
import java.util.List;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * Pieces of a file in memory as the readers of ImageIO want it, without a copy. It knows whether
 * its reader wanted more than there is, which some of them hide by painting the rest gray. Confined
 * to the thread that decodes.
 */
final class ImageStream extends ImageInputStreamImpl {
  private final List<ByteBuffer> pieces;
  private final long length;
  private int current;
  private long start;
  private boolean ranOut;

  /**
   * @param pieces a few, one behind the other
   */
  ImageStream(List<ByteBuffer> pieces) {
    this.pieces = pieces.stream().map(ByteBuffer::slice).toList();
    this.length = pieces.stream().mapToLong(ByteBuffer::remaining).sum();
  }

  /** Whether somebody read beyond the end. */
  boolean ranOut() {
    return ranOut;
  }

  @Override
  public int read() {
    bitOffset = 0;
    if (!hasMore()) {
      return -1;
    }
    return find().get((int) (streamPos++ - start)) & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    bitOffset = 0;
    if (length == 0) {
      return 0;
    }
    if (!hasMore()) {
      return -1;
    }
    int done = 0;
    while (done < length && streamPos < this.length) {
      ByteBuffer piece = find();
      int from = (int) (streamPos - start);
      int count = Math.min(length - done, piece.limit() - from);
      piece.get(from, target, offset + done, count);
      streamPos += count;
      done += count;
    }
    return done;
  }

  private boolean hasMore() {
    ranOut |= streamPos >= length;
    return streamPos < length;
  }

  /** The piece that holds the position, which is not the end. */
  private ByteBuffer find() {
    if (streamPos < start) {
      current = 0;
      start = 0;
    }
    while (streamPos - start >= pieces.get(current).limit()) {
      start += pieces.get(current).limit();
      current++;
    }
    return pieces.get(current);
  }

  @Override
  public long length() {
    return length;
  }
}
