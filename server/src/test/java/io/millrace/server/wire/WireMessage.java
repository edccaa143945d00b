package io.millrace.server.wire;

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
public final class WireMessage {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final ByteArrayOutputStream encoded = new ByteArrayOutputStream();

  public WireMessage number(int field, long value) {
    tag(field, VARINT);
    varint(encoded, value);
    return this;
  }

  public WireMessage fixed64(int field, long bits) {
    tag(field, FIXED64);
    encoded.writeBytes(littleEndian(Long.BYTES).putLong(bits).array());
    return this;
  }

  public WireMessage fixed32(int field, int bits) {
    tag(field, FIXED32);
    encoded.writeBytes(littleEndian(Integer.BYTES).putInt(bits).array());
    return this;
  }

  public WireMessage bytes(int field, byte[] value) {
    tag(field, BYTES);
    varint(encoded, value.length);
    encoded.writeBytes(value);
    return this;
  }

  public WireMessage text(int field, String value) {
    return bytes(field, value.getBytes(UTF_8));
  }

  public WireMessage message(int field, WireMessage value) {
    return bytes(field, value.toBytes());
  }

  /** An entry of a map whose keys are texts. */
  public WireMessage entry(int field, String key, WireMessage value) {
    return message(field, new WireMessage().text(1, key).message(2, value));
  }

  /** Numbers in one piece, as lists of them travel; no numbers leave no trace. */
  public WireMessage packed(int field, long... values) {
    return values.length == 0 ? this : bytes(field, varints(values));
  }

  public byte[] toBytes() {
    return encoded.toByteArray();
  }

  /** Numbers one behind the other, without a field. */
  public static byte[] varints(long... values) {
    ByteArrayOutputStream varints = new ByteArrayOutputStream();
    for (long value : values) {
      varint(varints, value);
    }
    return varints.toByteArray();
  }

  private void tag(int field, int type) {
    varint(encoded, (long) field << 3 | type);
  }

  private static void varint(ByteArrayOutputStream to, long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      to.write((int) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    to.write((int) rest);
  }

  private static ByteBuffer littleEndian(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** What a message holds, by the numbers of its fields; numbers of fixed size by their bits. */
  public record Fields(Map<Integer, List<Long>> numbers, Map<Integer, List<byte[]>> parts) {
    public static Fields of(byte[] message) {
      Fields fields = new Fields(new HashMap<>(), new HashMap<>());
      ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
      while (in.hasRemaining()) {
        fields.readField(in, (int) varint(in));
      }
      return fields;
    }

    private void readField(ByteBuffer in, int tag) {
      int field = tag >>> 3;
      switch (tag & 7) {
        case VARINT -> addNumber(field, varint(in));
        case FIXED64 -> addNumber(field, in.getLong());
        case FIXED32 -> addNumber(field, in.getInt());
        case BYTES -> {
          byte[] part = new byte[(int) varint(in)];
          in.get(part);
          parts.computeIfAbsent(field, f -> new ArrayList<>()).add(part);
        }
        default -> throw new AssertionError("a field of type " + (tag & 7));
      }
    }

    private void addNumber(int field, long value) {
      numbers.computeIfAbsent(field, f -> new ArrayList<>()).add(value);
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
    public long number(int field) {
      List<Long> all = numbers.getOrDefault(field, List.of(0L));
      return only(all);
    }

    /** The one float of a field; 0 if it is not there. */
    public float fraction(int field) {
      return Float.intBitsToFloat((int) number(field));
    }

    /** The numbers of a list that travels in one piece, or none. */
    public List<Long> packed(int field) {
      List<Long> values = new ArrayList<>();
      for (byte[] part : all(field)) {
        ByteBuffer in = ByteBuffer.wrap(part);
        while (in.hasRemaining()) {
          values.add(varint(in));
        }
      }
      return values;
    }

    public byte[] part(int field) {
      return only(all(field));
    }

    public List<byte[]> all(int field) {
      return parts.getOrDefault(field, List.of());
    }

    public Fields message(int field) {
      return of(part(field));
    }

    /** The messages of a list. */
    public List<Fields> messages(int field) {
      return all(field).stream().map(Fields::of).toList();
    }

    public String text(int field) {
      return new String(part(field), UTF_8);
    }

    /** The value of an entry of a map whose keys are texts. */
    public Fields entry(int field, String key) {
      return messages(field).stream()
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
