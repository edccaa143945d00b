package io.millrace.server.conformance;

import com.google.protobuf.ByteString;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Tensor;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** A tensor that came back, with its values as bytes. */
record Output(String name, DataType dtype, List<Long> shape, ByteString raw) {
  static Output of(Tensor tensor) {
    List<Long> shape = Arrays.stream(tensor.shape().toArray()).boxed().toList();
    return new Output(tensor.name(), tensor.dtype(), shape, ByteString.copyFrom(tensor.data()));
  }

  /** One whose values came one by one. */
  static Output of(String name, DataType dtype, List<Long> shape, List<ByteString> elements) {
    return new Output(name, dtype, shape, joined(dtype, elements));
  }

  private static ByteString joined(DataType dtype, List<ByteString> elements) {
    return dtype == DataType.BYTES
        ? ByteString.copyFrom(
            BytesElements.encode(elements.stream().map(ByteString::toByteArray).toList()))
        : ByteString.copyFrom(elements);
  }

  @Override
  public String toString() {
    return "%s %s %s %s".formatted(name, dtype, shape, HexFormat.of().formatHex(raw.toByteArray()));
  }
}
