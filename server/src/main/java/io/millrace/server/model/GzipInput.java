package io.millrace.server.model;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * The compressed bytes of a {@link GzipStream}: reads what stands around the members' data, and
 * hands the data to an inflater, which shares the buffer. Confined to one thread.
 */
final class GzipInput {
  private static final int BUFFER_BYTES = 8 << 10;

  private static final int FIRST_MAGIC = 0x1F;
  private static final int SECOND_MAGIC = 0x8B;
  private static final int DEFLATE = 8;

  /** The bits of the header's flags. */
  private static final int HEADER_CHECKSUM = 1 << 1;

  private static final int EXTRA = 1 << 2;
  private static final int NAME = 1 << 3;
  private static final int COMMENT = 1 << 4;
  private static final int RESERVED = 0xE0;

  /** The time, how hard it was compressed, and on which system. */
  private static final int BYTES_BEHIND_FLAGS = 6;

  private final InputStream compressed;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final CRC32 header = new CRC32();
  private int position;
  private int end;

  GzipInput(InputStream compressed) {
    this.compressed = compressed;
  }

  /** Whether another member begins here, whose first two bytes are then behind. */
  boolean skipMagic() throws IOException {
    header.reset();
    return hasNext() && next() == FIRST_MAGIC && hasNext() && next() == SECOND_MAGIC;
  }

  /** The rest of a header: nobody asks what it tells. */
  void skipHeader() throws IOException {
    int method = next();
    if (method != DEFLATE) {
      throw new ZipException("the compression method is " + method + ", not deflate");
    }
    int flags = next();
    // They announce fields that only later formats know (RFC 1952, 2.3.1.2).
    if ((flags & RESERVED) != 0) {
      throw new ZipException("the flags 0x%02x are reserved".formatted(flags & RESERVED));
    }
    skip(BYTES_BEHIND_FLAGS);
    if ((flags & EXTRA) != 0) {
      skip(nextShort());
    }
    if ((flags & NAME) != 0) {
      skipText();
    }
    if ((flags & COMMENT) != 0) {
      skipText();
    }
    if ((flags & HEADER_CHECKSUM) != 0) {
      requireChecksum();
    }
  }

  private void skip(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      next();
    }
  }

  /** Up to its zero. */
  private void skipText() throws IOException {
    while (next() != 0) {
      // Every byte is a character.
    }
  }

  private void requireChecksum() throws IOException {
    int expected = (int) header.getValue() & 0xFFFF;
    if (nextShort() != expected) {
      throw new ZipException("the checksum of a header is another");
    }
  }

  private int nextShort() throws IOException {
    return next() | next() << Byte.SIZE;
  }

  /** Four bytes, the lowest first. */
  int nextInt() throws IOException {
    return nextShort() | nextShort() << Short.SIZE;
  }

  private int next() throws IOException {
    if (!hasNext()) {
      throw new EOFException("the stream ends within what stands around a member's data");
    }
    header.update(buffer[position]);
    return Byte.toUnsignedInt(buffer[position++]);
  }

  /** Gives the inflater what is in the buffer; false if there is no more. */
  boolean feed(Inflater inflater) throws IOException {
    if (!hasNext()) {
      return false;
    }
    inflater.setInput(buffer, position, end - position);
    position = end;
    return true;
  }

  /** What the inflater has no use for stands behind the data. */
  void takeBack(Inflater inflater) {
    position = end - inflater.getRemaining();
  }

  private boolean hasNext() throws IOException {
    while (position == end) {
      int read = compressed.read(buffer);
      if (read < 0) {
        return false;
      }
      position = 0;
      end = read;
    }
    return true;
  }

  void close() throws IOException {
    compressed.close();
  }
}
