package io.millrace.server.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * Parses requests within the {@link MessageMemory}: what a message will take is known, and refused
 * if need be, before it is built. Its byte fields become views of one copy of its bytes.
 * Thread-safe.
 *
 * @param original what the generated code came with
 */
record RequestMarshaller<T extends Message>(PrototypeMarshaller<T> original, RequestBounds bounds)
    implements PrototypeMarshaller<T> {
  private static final int CHUNK_BYTES = 64 << 10;

  @Override
  public Class<T> getMessageClass() {
    return original.getMessageClass();
  }

  @Override
  public T getMessagePrototype() {
    return original.getMessagePrototype();
  }

  @Override
  public InputStream stream(T message) {
    return original.stream(message);
  }

  @Override
  public T parse(InputStream stream) {
    MessageBytes bytes = heapBytes(stream);
    return parse((bytes.isPacked() ? unpacked(bytes) : bytes).toArray());
  }

  /** The bytes of a message, which are counted as memory of the call whose context is current. */
  MessageBytes bytes(InputStream stream) {
    try {
      if (MessageBytes.isLargeAndWhole(stream)) {
        requireAtMost(bounds.maxBytes(), stream.available());
        return MessageBytes.read(stream);
      }
    } catch (IOException e) {
      throw unreadable();
    } catch (OutOfMemoryError e) {
      // Native memory has run out before any byte was read, and the heap may still have room.
    }
    return heapBytes(stream);
  }

  /** The same on the heap, for {@link #parse(byte[])}, which has no use for native memory. */
  MessageBytes heapBytes(InputStream stream) {
    try {
      return stream instanceof KnownLength
          ? MessageBytes.of(whole(stream))
          : MessageBytes.packed(stream.readAllBytes());
    } catch (IOException e) {
      throw unreadable();
    }
  }

  /** The bytes that came compressed; empty, and nothing has been done, if they are more. */
  Optional<MessageBytes> unpacked(MessageBytes packed, int most) {
    MessageMemory.Share share = MessageMemory.SHARE.get();
    long before = share.bytes();
    Optional<byte[]> unpacked = unpack(packed, most);
    if (unpacked.isEmpty()) {
      share.resize(before);
    }
    return unpacked.map(MessageBytes::of);
  }

  /** All bytes that came compressed. */
  MessageBytes unpacked(MessageBytes packed) {
    int most = bounds.maxUnpackedBytes();
    return MessageBytes.of(unpack(packed, most).orElseThrow(() -> MessageTracer.tooLarge(most)));
  }

  /** The message of these bytes. */
  T parse(byte[] bytes) {
    try {
      MessageMemory.SHARE
          .get()
          .resize(
              Footprint.of(
                  getMessagePrototype().getDescriptorForType(), bytes, bounds.maxBesideBytes()));
      return build(bytes);
    } catch (IOException e) {
      throw unreadable();
    }
  }

  private static ServingException unreadable() {
    return ServingException.refusal(
        Reason.REQUEST_MALFORMED,
        "the request's bytes are no message of this method: cut short, damaged, nested too deep,"
            + " or text that is not UTF-8");
  }

  private byte[] whole(InputStream stream) throws IOException {
    requireAtMost(bounds.maxBytes(), stream.available());
    byte[] bytes = new byte[stream.available()];
    if (stream.readNBytes(bytes, 0, bytes.length) < bytes.length) {
      throw new EOFException("the message is shorter than its length");
    }
    return bytes;
  }

  private static void requireAtMost(int most, int bytes) {
    if (bytes > most) {
      throw MessageTracer.tooLarge(most);
    }
  }

  /** A compressed message tells its size only by its end; empty if that is too much. */
  private static Optional<byte[]> unpack(MessageBytes packed, int most) {
    MessageMemory.Share share = MessageMemory.SHARE.get();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] chunk = new byte[CHUNK_BYTES];
    try (InputStream in = MessageCoding.unpacking(new ByteArrayInputStream(packed.toArray()))) {
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        // The buffer grows to twice its size while it still has the old one.
        share.grow(3L * read);
        bytes.write(chunk, 0, read);
        if (bytes.size() > most) {
          return Optional.empty();
        }
      }
    } catch (IOException e) {
      // Also of bytes that are not the gzip that they claim to be.
      throw unreadable();
    }
    // The transport has counted what came.
    CallRecord.current()
        .ifPresent(call -> call.inboundUncompressedSize(bytes.size() - packed.length()));
    return Optional.of(bytes.toByteArray());
  }

  @SuppressWarnings("unchecked") // A message's parser gives messages of its own type.
  private T build(byte[] bytes) throws InvalidProtocolBufferException {
    CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
    in.enableAliasing(true);
    T message = (T) getMessagePrototype().getParserForType().parseFrom(in);
    in.checkLastTagWas(0);
    return message;
  }
}
