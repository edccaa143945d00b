package io.millrace.server.grpc;

import io.grpc.HasByteBuffer;
import io.grpc.KnownLength;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a message. Large ones go straight from the transport's buffers, which are free from
 * then on, to native memory, where an engine can use the values of a tensor as they stand; small
 * ones are on the heap. Who has it releases it when neither the request nor a run reads it any
 * more. Thread-safe as far as its bytes are.
 */
final class MessageBytes {
  /** Below, an array and its later copy cost less than a buffer of the pool. */
  private static final int LEAST_NATIVE_BYTES = 64 << 10;

  /** Of the vector units of today's processors, and so of what engines ask for. */
  private static final int ALIGNMENT = 64;

  private final ByteBuffer bytes;
  private final boolean isPacked;
  private final AtomicReference<@Nullable ByteBuf> pooled;

  private MessageBytes(ByteBuffer bytes, boolean isPacked, @Nullable ByteBuf pooled) {
    this.bytes = bytes;
    this.isPacked = isPacked;
    this.pooled = new AtomicReference<>(pooled);
  }

  static MessageBytes of(byte[] bytes) {
    return new MessageBytes(ByteBuffer.wrap(bytes), false, null);
  }

  /** Those of a message that came compressed, as {@link MessageCoding} gives them. */
  static MessageBytes packed(byte[] bytes) {
    return new MessageBytes(ByteBuffer.wrap(bytes), true, null);
  }

  /** Whether {@link #read} is for this message. */
  static boolean isLargeAndWhole(InputStream message) throws IOException {
    return message instanceof KnownLength
        && message.available() >= LEAST_NATIVE_BYTES
        && message instanceof HasByteBuffer buffered
        && buffered.byteBufferSupported();
  }

  /**
   * Copies a message. Its end is aligned: encoders write the values of a tensor last, and so the
   * values of a request with one tensor, whose size is nearly always a multiple of the alignment,
   * begin aligned too.
   *
   * @param message one that {@link #isLargeAndWhole}
   */
  static MessageBytes read(InputStream message) throws IOException {
    int length = message.available();
    ByteBuf pooled = PooledByteBufAllocator.DEFAULT.directBuffer(length + ALIGNMENT);
    try {
      ByteBuffer memory = pooled.nioBuffer(0, length + ALIGNMENT);
      int start = Math.floorMod(-memory.alignmentOffset(length, ALIGNMENT), ALIGNMENT);
      ByteBuffer bytes = memory.slice(start, length);
      copy(message, bytes.duplicate());
      return new MessageBytes(bytes, false, pooled);
    } catch (IOException | RuntimeException | Error e) {
      pooled.release();
      throw e;
    }
  }

  private static void copy(InputStream message, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      ByteBuffer part = ((HasByteBuffer) message).getByteBuffer();
      if (part == null || !part.hasRemaining()) {
        // An empty frame, which only a read leaves behind.
        bytes.put(one(message));
      } else {
        int size = Math.min(part.remaining(), bytes.remaining());
        bytes.put(part.slice(part.position(), size));
        message.skipNBytes(size);
      }
    }
  }

  private static byte one(InputStream message) throws IOException {
    int one = message.read();
    if (one < 0) {
      throw new EOFException("the message is shorter than its length");
    }
    return (byte) one;
  }

  /** Whether they have to be unpacked before they are a message's. */
  boolean isPacked() {
    return isPacked;
  }

  int length() {
    return bytes.remaining();
  }

  /** The bytes themselves, until they are released. */
  ByteBuffer view() {
    return bytes.duplicate();
  }

  /** The bytes on the heap, which nobody may change; a copy of those that are in native memory. */
  byte[] toArray() {
    if (bytes.hasArray() && bytes.arrayOffset() == 0) {
      return bytes.array();
    }
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(0, copy);
    return copy;
  }

  /** Gives the memory back; doing so again changes nothing. */
  void release() {
    ByteBuf held = pooled.getAndSet(null);
    if (held != null) {
      held.release();
    }
  }
}
