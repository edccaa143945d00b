package io.millrace.server.bench;

import com.google.protobuf.ByteString;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** The values of a request's tensor as raw bytes, however they were written. */
final class TensorValues {
  private TensorValues() {}

  static DataType dtype(Tensor tensor) throws BenchException {
    return WireTypes.ofProto(tensor.getDtype())
        .orElseThrow(() -> new BenchException("input %s has no data type".formatted(name(tensor))));
  }

  static ByteString raw(Tensor tensor) throws BenchException {
    if (!tensor.getRaw().isEmpty()) {
      return tensor.getRaw();
    }
    ByteBuffer raw =
        switch (dtype(tensor)) {
          case BOOL -> bools(tensor.getBoolValList());
          case INT8, INT16, INT32, INT64 -> whole(tensor, tensor.getIntValList());
          case UINT8, UINT16, UINT32, UINT64 -> whole(tensor, tensor.getUintValList());
          case FP32 -> floats(tensor.getFp32ValList());
          case FP64 -> doubles(tensor.getFp64ValList());
          case BYTES ->
              BytesElements.encode(
                  tensor.getBytesValList().stream().map(ByteString::toByteArray).toList());
          case FP16, BF16 ->
              throw new BenchException(
                  "input %s: write 16-bit floats in raw, or call by predict"
                      .formatted(name(tensor)));
        };
    return ByteString.copyFrom(raw);
  }

  static String name(Tensor tensor) {
    return Quote.of(tensor.getName());
  }

  private static ByteBuffer bools(List<Boolean> values) {
    ByteBuffer raw = room(values.size());
    values.forEach(value -> raw.put((byte) (value ? 1 : 0)));
    return raw.flip();
  }

  private static ByteBuffer whole(Tensor tensor, List<Long> values) throws BenchException {
    int size = dtype(tensor).byteSize();
    ByteBuffer raw = room(values.size() * size);
    for (long value : values) {
      switch (size) {
        case Byte.BYTES -> raw.put((byte) value);
        case Short.BYTES -> raw.putShort((short) value);
        case Integer.BYTES -> raw.putInt((int) value);
        default -> raw.putLong(value);
      }
    }
    return raw.flip();
  }

  private static ByteBuffer floats(List<Float> values) {
    ByteBuffer raw = room(values.size() * Float.BYTES);
    values.forEach(raw::putFloat);
    return raw.flip();
  }

  private static ByteBuffer doubles(List<Double> values) {
    ByteBuffer raw = room(values.size() * Double.BYTES);
    values.forEach(raw::putDouble);
    return raw.flip();
  }

  private static ByteBuffer room(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
