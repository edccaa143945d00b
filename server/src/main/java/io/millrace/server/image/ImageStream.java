package io.millrace.server.image;

import java.nio.ByteBuffer;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A file in memory as the readers of ImageIO want it, without a copy. It knows whether its reader
 * wanted more than there is, which some of them hide by painting the rest gray. Confined to the
 * thread that decodes.
 */
final class ImageStream extends ImageInputStreamImpl {
  private final ByteBuffer file;
  private boolean ranOut;

  ImageStream(ByteBuffer file) {
    this.file = file.slice();
  }

  /** Whether somebody read beyond the end. */
  boolean ranOut() {
    return ranOut;
  }

  @Override
  public int read() {
    bitOffset = 0;
    if (streamPos >= file.limit()) {
      ranOut = true;
      return -1;
    }
    return file.get((int) streamPos++) & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    bitOffset = 0;
    if (length == 0) {
      return 0;
    }
    if (streamPos >= file.limit()) {
      ranOut = true;
      return -1;
    }
    int count = (int) Math.min(length, file.limit() - streamPos);
    file.get((int) streamPos, target, offset, count);
    streamPos += count;
    return count;
  }

  @Override
  public long length() {
    return file.limit();
  }
}
