package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Sample;
import io.millrace.server.model.Sample.Tolerance;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class SampleAnswerTest {
  private static final Tolerance TOLERANCE = new Tolerance(0.01, 0.1);

  private static void check(Tensor expected, Tensor got) {
    Sample sample = new Sample("golden.json", List.of(), List.of(expected), TOLERANCE, true);
    SampleAnswer.check(sample, List.of(floats(0), got));
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static Tensor floats(double value) {
    return new Tensor(
        "other", DataType.FP32, Shape.of(1), buffer(4).putFloat((float) value).flip());
  }

  private static Tensor fp32(double... values) {
    ByteBuffer data = buffer(4 * values.length);
    for (double value : values) {
      data.putFloat((float) value);
    }
    return new Tensor("y", DataType.FP32, Shape.of(1, values.length), data.flip());
  }

  private static Tensor fp64(double value) {
    return new Tensor("y", DataType.FP64, Shape.of(), buffer(8).putDouble(value).flip());
  }

  private static Tensor whole(DataType dtype, long value) {
    ByteBuffer data = buffer(8).putLong(value).flip().limit(dtype.byteSize());
    return new Tensor("y", dtype, Shape.of(1), data.order(ByteOrder.LITTLE_ENDIAN));
  }

  private static Tensor texts(String... values) {
    return new Tensor(
        "y",
        DataType.BYTES,
        Shape.of(values.length),
        BytesElements.encode(
            Stream.of(values).map(text -> text.getBytes(StandardCharsets.UTF_8)).toList()));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1.1",
    "1, 0.9",
    "-10, -11",
    "0, 0.01",
    "NaN, NaN",
    "Infinity, Infinity",
    "0.0, -0.0"
  })
  void numberWithinTheTolerance_passes(double expected, double got) {
    assertThatCode(() -> check(fp32(expected), fp32(got))).doesNotThrowAnyException();
    assertThatCode(() -> check(fp64(expected), fp64(got))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1.12",
    "1, 0.88",
    "0, 0.011",
    "1, NaN",
    "NaN, 1",
    "Infinity, 1",
    "1, Infinity",
    "Infinity, -Infinity"
  })
  void numberBeyondTheTolerance_isNamed(double expected, double got) {
    assertThatThrownBy(() -> check(fp32(7, 7, expected), fp32(7, 7, got)))
        .hasMessageContaining("sample 'golden.json': output 'y' at [0, 2]: expected ")
        .hasMessageContaining("within 0.01 + 0.1 of it, got ");
    assertThatThrownBy(() -> check(fp64(expected), fp64(got)))
        .hasMessageContaining("output 'y' at []: expected " + expected);
  }

  @ParameterizedTest
  @EnumSource(
      names = {"BOOL", "UINT8", "INT8", "UINT16", "INT16", "UINT32", "INT32", "UINT64", "INT64"})
  void wholeNumber_mustBeTheSame(DataType dtype) {
    assertThatCode(() -> check(whole(dtype, 1), whole(dtype, 1))).doesNotThrowAnyException();
    assertThatThrownBy(() -> check(whole(dtype, 1), whole(dtype, 0)))
        .hasMessageEndingWith("output 'y' at [0]: expected 1, got 0");
  }

  @Test
  void text_mustBeTheSame() {
    assertThatCode(() -> check(texts("a", "b"), texts("a", "b"))).doesNotThrowAnyException();
    assertThatThrownBy(() -> check(texts("a", "b"), texts("a", "c")))
        .hasMessageEndingWith("output 'y' at [1]: expected 'b', got 'c'");
  }

  @Test
  void otherShape_isNamed() {
    assertThatThrownBy(() -> check(fp32(1, 2), fp32(1, 2, 3)))
        .hasMessageEndingWith("output 'y': expected shape [1, 2], got [1, 3]");
  }
}
