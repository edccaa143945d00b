package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A protobuf message by the numbers of its fields alone, written and read without generated code or
 * the library: what a client sends that was built from somebody else's files.
 */
final class WireMessage {
  private static final int VARINT = 0;
  private static final int BYTES = 2;
  private static final int FOUR_BYTES = 5;

  private final ByteArrayOutputStream encoded = new ByteArrayOutputStream();

  WireMessage number(int field, long value) {
    varint((long) field << 3 | VARINT);
    varint(value);
    return this;
  }

  WireMessage bytes(int field, byte[] value) {
    varint((long) field << 3 | BYTES);
    varint(value.length);
    encoded.writeBytes(value);
    return this;
  }

  WireMessage text(int field, String value) {
    return bytes(field, value.getBytes(UTF_8));
  }

  WireMessage message(int field, WireMessage value) {
    return bytes(field, value.toBytes());
  }

  /** An entry of a map whose keys are texts. */
  WireMessage entry(int field, String key, WireMessage value) {
    return message(field, new WireMessage().text(1, key).message(2, value));
  }

  byte[] toBytes() {
    return encoded.toByteArray();
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      encoded.write((int) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    encoded.write((int) rest);
  }

  /** What a message holds, by the numbers of its fields. */
  record Fields(Map<Integer, List<Long>> numbers, Map<Integer, List<byte[]>> parts) {
    static Fields of(byte[] message) {
      Fields fields = new Fields(new HashMap<>(), new HashMap<>());
      ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
      while (in.hasRemaining()) {
        int tag = (int) varint(in);
        int field = tag >>> 3;
        if ((tag & 7) == VARINT) {
          fields.numbers.computeIfAbsent(field, f -> new ArrayList<>()).add(varint(in));
        } else if ((tag & 7) == BYTES) {
          byte[] part = new byte[(int) varint(in)];
          in.get(part);
          fields.parts.computeIfAbsent(field, f -> new ArrayList<>()).add(part);
        } else if ((tag & 7) == FOUR_BYTES) {
          fields.numbers.computeIfAbsent(field, f -> new ArrayList<>()).add((long) in.getInt());
        } else {
          throw new AssertionError("a field of type " + (tag & 7));
        }
      }
      return fields;
    }

    private static long varint(ByteBuffer in) {
      long value = 0;
      for (int shift = 0; ; shift += 7) {
        byte next = in.get();
        value |= (next & 0x7FL) << shift;
        if (next >= 0) {
          return value;
        }
      }
    }

    /** The one number of a field; 0 if it is not there. */
    long number(int field) {
      List<Long> all = numbers.getOrDefault(field, List.of(0L));
      return only(all);
    }

    /** The one float of a field; 0 if it is not there. */
    float fraction(int field) {
      return Float.intBitsToFloat((int) number(field));
    }

    byte[] part(int field) {
      return only(all(field));
    }

    List<byte[]> all(int field) {
      return parts.getOrDefault(field, List.of());
    }

    Fields message(int field) {
      return of(part(field));
    }

    String text(int field) {
      return new String(part(field), UTF_8);
    }

    /** The value of an entry of a map whose keys are texts. */
    Fields entry(int field, String key) {
      return all(field).stream()
          .map(Fields::of)
          .filter(entry -> entry.text(1).equals(key))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no entry " + key))
          .message(2);
    }

    private static <T> T only(List<T> values) {
      if (values.size() != 1) {
        throw new AssertionError(values.size() + " values instead of one");
      }
      return values.get(0);
    }
  }
}
