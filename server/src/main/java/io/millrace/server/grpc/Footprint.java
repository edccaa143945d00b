package io.millrace.server.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Tells from a message's bytes about how much memory the message will take once it is parsed and
 * its values are encoded for a model, without building it: two bytes on the wire can become a
 * hundred in memory. Confined to one thread.
 *
 * <p>Errs on the high side. The figures are those of a 64-bit JVM with lists that have just grown
 * by half. Raw bytes count once, since the message's fields are views of them.
 */
final class Footprint {
  /** As deep as the parser goes; it refuses what is deeper. */
  private static final int MAX_DEPTH = 100;

  private static final int OBJECT_BYTES = 40;
  private static final int FIELD_BYTES = 8;
  private static final int TEXT_BYTES = 64;

  /** An unknown field is kept in a tree of lists. */
  private static final int UNKNOWN_BYTES = 256;

  private final byte[] bytes;
  private final CodedInputStream in;
  private final long maxBesideBytes;

  /** Of all that has been read, beside its bytes. */
  private long besideBytes;

  private Footprint(byte[] bytes, long maxBesideBytes) {
    this.bytes = bytes;
    this.in = CodedInputStream.newInstance(bytes);
    this.maxBesideBytes = maxBesideBytes;
  }

  /**
   * The memory in bytes.
   *
   * @param maxBesideBytes the most that it may take beside the bytes; no more is read to find out
   * @throws IOException if the bytes are no message
   * @throws ServingException if it takes more
   */
  static long of(Descriptor type, byte[] bytes, long maxBesideBytes) throws IOException {
    Footprint footprint = new Footprint(bytes, maxBesideBytes);
    footprint.message(type, 0);
    return bytes.length + footprint.besideBytes;
  }

  private void add(long more) {
    besideBytes += more;
    if (besideBytes > maxBesideBytes) {
      throw ServingException.refusal(
          Reason.MESSAGE_TOO_LARGE,
          "the request takes more than %d bytes of memory beside its body"
              .formatted(maxBesideBytes));
    }
  }

  /** A message up to the limit that is set, or to the end of its group. */
  private void message(@Nullable Descriptor type, int depth) throws IOException {
    add(OBJECT_BYTES + (long) FIELD_BYTES * (type == null ? 0 : type.toProto().getFieldCount()));
    for (int tag = in.readTag(); tag != 0 && !isGroupEnd(tag); tag = in.readTag()) {
      FieldDescriptor field =
          type == null ? null : type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
      if (field == null) {
        unknown(tag, depth);
      } else {
        known(field, tag, depth);
      }
    }
  }

  private static boolean isGroupEnd(int tag) {
    return WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_END_GROUP;
  }

  private void unknown(int tag, int depth) throws IOException {
    add(UNKNOWN_BYTES);
    if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_START_GROUP && depth < MAX_DEPTH) {
      message(null, depth + 1);
    } else {
      in.skipField(tag);
    }
  }

  private void known(FieldDescriptor field, int tag, int depth) throws IOException {
    if (WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
      in.skipField(tag);
      add(element(field));
      return;
    }
    int length = in.readUInt32();
    if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && depth < MAX_DEPTH) {
      int outer = in.pushLimit(length);
      message(field.getMessageType(), depth + 1);
      in.popLimit(outer);
      add(element(field));
    } else {
      int from = in.getTotalBytesRead();
      in.skipRawBytes(length);
      add(values(field, from, length));
    }
  }

  /** A value that is bytes, or a packed list of values. */
  private long values(FieldDescriptor field, int from, int length) {
    return switch (field.getJavaType()) {
      case STRING -> TEXT_BYTES + 2L * length;
      case BYTE_STRING -> TEXT_BYTES + (field.isRepeated() ? length : 0L);
      default -> element(field) * elements(field, from, length);
    };
  }

  /** How many values a packed list has. */
  private int elements(FieldDescriptor field, int from, int length) {
    return switch (field.getType()) {
      case FIXED32, SFIXED32, FLOAT -> length / Integer.BYTES;
      case FIXED64, SFIXED64, DOUBLE -> length / Long.BYTES;
      default -> varints(from, length);
    };
  }

  /** Each number ends with the one byte of it that is not negative. */
  private int varints(int from, int length) {
    int count = 0;
    for (int i = from; i < from + length; i++) {
      count += bytes[i] >= 0 ? 1 : 0;
    }
    return count;
  }

  /** A value in a list that grew from two thirds of its size, and its copy for the model. */
  private static long element(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case BOOLEAN -> 4;
      case INT, FLOAT, ENUM -> 14;
      case LONG, DOUBLE -> 28;
      case STRING, BYTE_STRING, MESSAGE -> 12;
    };
  }
}
