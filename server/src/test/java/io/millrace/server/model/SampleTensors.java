package io.millrace.server.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Tensors with given values, as a model answers them. */
public final class SampleTensors {
  private SampleTensors() {}

  public static Tensor floats(String name, Shape shape, double... values) {
    ByteBuffer data =
        ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      data.putFloat((float) value);
    }
    return new Tensor(name, DataType.FP32, shape, data.flip());
  }

  public static Tensor texts(String name, Shape shape, String... texts) {
    return new Tensor(
        name,
        DataType.BYTES,
        shape,
        BytesElements.encode(
            Arrays.stream(texts).map(text -> text.getBytes(StandardCharsets.UTF_8)).toList()));
  }
}
