package io.millrace.server.model;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * What gzip compressed (RFC 1952), with any number of members one behind the other, up to a bound.
 * The JDK's own stream calls itself for each member that is empty, until the stack overflows; this
 * one goes on in a loop.
 *
 * <p>Throws an IOException at what is damaged or cut, when it is read and not before. Bytes behind
 * the last member that begin no other are passed over, as by the JDK and gzip's own command.
 * Whoever reads it bounds what comes out, and closes it. Confined to one thread.
 */
public final class GzipStream extends InputStream {
  /**
   * An empty member takes 20 bytes, and as much work as any other. Blocked gzip has one for each 64
   * KiB, and so this many for 600 MiB.
   */
  static final int MAX_MEMBERS = 10_000;

  private final GzipInput in;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 checksum = new CRC32();
  private int members;
  private State state = State.BEFORE_MEMBER;

  private enum State {
    BEFORE_MEMBER,
    IN_MEMBER,
    AT_END,
    CLOSED
  }

  /** Takes the stream of compressed bytes over, and reads nothing of it yet. */
  public GzipStream(InputStream compressed) {
    this.in = new GzipInput(compressed);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (state == State.CLOSED) {
      throw new IOException("the stream is closed");
    }
    if (length == 0) {
      return 0;
    }
    while (state != State.AT_END) {
      int count = state == State.IN_MEMBER ? inflate(bytes, offset, length) : 0;
      if (count > 0) {
        return count;
      }
      step();
    }
    return -1;
  }

  private int inflate(byte[] bytes, int offset, int length) throws ZipException {
    try {
      int count = inflater.inflate(bytes, offset, length);
      checksum.update(bytes, offset, count);
      return count;
    } catch (DataFormatException e) {
      throw (ZipException) new ZipException("the compressed data is damaged").initCause(e);
    }
  }

  /** Goes on where no byte came out. */
  private void step() throws IOException {
    if (state == State.BEFORE_MEMBER) {
      begin();
    } else if (inflater.finished()) {
      end();
    } else if (!in.feed(inflater)) {
      throw new EOFException("the stream ends within a member");
    }
  }

  private void begin() throws IOException {
    if (!in.skipMagic()) {
      if (members == 0) {
        throw new ZipException("the stream does not begin as gzip");
      }
      state = State.AT_END;
      return;
    }
    members++;
    if (members > MAX_MEMBERS) {
      throw new ZipException("the stream has more than " + MAX_MEMBERS + " members");
    }
    in.skipHeader();
    inflater.reset();
    checksum.reset();
    state = State.IN_MEMBER;
  }

  private void end() throws IOException {
    in.takeBack(inflater);
    if (in.nextInt() != (int) checksum.getValue()) {
      throw new ZipException("the checksum of member " + members + " is another");
    }
    // Of members of 4 GiB and more, the trailer has the lower half of the length.
    if (in.nextInt() != (int) inflater.getBytesWritten()) {
      throw new ZipException("the length of member " + members + " is another");
    }
    state = State.BEFORE_MEMBER;
  }

  /** Frees the native memory of the inflater too. */
  @Override
  public void close() throws IOException {
    state = State.CLOSED;
    inflater.end();
    in.close();
  }
}
