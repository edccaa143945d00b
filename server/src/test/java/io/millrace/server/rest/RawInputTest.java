package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bodies that are the one input of a model and nothing else. */
final class RawInputTest {
  private static long[] sizes(String written) {
    return Arrays.stream(written.split(" "))
        .filter(size -> !size.isEmpty())
        .mapToLong(Long::parseLong)
        .toArray();
  }

  private static InferBody read(DataType dtype, String shape, ByteString body) {
    TensorSpec spec = TensorSpec.of("x", dtype, sizes(shape));
    return RawInput.read(new Signature(List.of(spec), List.of()), body);
  }

  private static ByteString zeros(int bytes) {
    return ByteString.copyFrom(new byte[bytes]);
  }

  @ParameterizedTest
  @CsvSource({
    "FP32, -1 4, 48, 3 4",
    "FP32, -1, 12, 3",
    "FP32, 2 -1 3, 48, 2 2 3",
    "FP32, -1 -1, 12, 1 3",
    "FP32, -1 -1 3, 24, 1 2 3",
    "FP32, 3, 12, 3",
    "FP32, '', 4, ''",
    "FP16, -1, 6, 3",
    "BOOL, -1, 3, 3",
    "INT64, 1 -1, 16, 1 2"
  })
  void theShape_followsFromTheModelsAndTheNumberOfBytes(
      DataType dtype, String taken, int bytes, String shape) {
    InferBody body = read(dtype, taken, zeros(bytes));

    Tensor input = body.inputs().get(0);
    assertThat(input.name()).isEqualTo("x");
    assertThat(input.dtype()).isEqualTo(dtype);
    assertThat(input.shape()).isEqualTo(Shape.of(sizes(shape)));
    assertThat(input.byteCount()).isEqualTo(bytes);
    assertThat(body.outputs().isBinary("y")).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"-1, 1", "'', ''", "-1 1, 1 1", "1, 1", "-1 -1, 1 1"})
  void ofBytes_theBodyIsOneElement_withoutItsLength(String taken, String shape) {
    Tensor input = read(DataType.BYTES, taken, ByteString.copyFromUtf8("text")).inputs().get(0);

    assertThat(input.shape()).isEqualTo(Shape.of(sizes(shape)));
    assertThat(BytesElements.decode(input.data(), 1).get(0)).asString().isEqualTo("text");
  }

  @ParameterizedTest
  @CsvSource({
    "FP32, -1 4, 20, TENSOR_SIZE_MISMATCH, takes a multiple of 16 bytes",
    "FP32, -1 4, 15, TENSOR_SIZE_MISMATCH, got 15",
    "FP32, 3, 16, TENSOR_SIZE_MISMATCH, FP32 [3] takes 12 bytes",
    "FP32, '', 8, TENSOR_SIZE_MISMATCH, FP32 [] takes 4 bytes",
    "FP32, 0, 4, TENSOR_SIZE_MISMATCH, FP32 [0] takes 0 bytes",
    "BYTES, 2, 4, TENSOR_SHAPE_MISMATCH, got one element",
    "FP32, -1 -1 -1, 24, TENSOR_SHAPE_MISMATCH, more than one size open"
  })
  void bytesThatMakeNoInput_areRefused(
      DataType dtype, String taken, int bytes, Reason reason, String words) {
    ServingException refusal =
        catchThrowableOfType(ServingException.class, () -> read(dtype, taken, zeros(bytes)));

    assertThat(refusal).hasMessageContaining(words).hasMessageContaining("'x'");
    assertThat(refusal.reason()).isEqualTo(reason);
  }

  @Test
  void aBoolThatIsNone_isRefusedByName() {
    ServingException refusal =
        catchThrowableOfType(
            ServingException.class, () -> read(DataType.BOOL, "-1", ByteString.copyFromUtf8("\2")));

    assertThat(refusal).hasMessage("input 'x': byte 0 of a BOOL tensor is 0 or 1, got 2");
  }

  @Test
  void aModelOfTwoInputs_isRefusedWithTheirNames() {
    Signature two =
        new Signature(
            List.of(TensorSpec.of("a", DataType.FP32, -1), TensorSpec.of("b", DataType.FP32, -1)),
            List.of());

    ServingException refusal =
        catchThrowableOfType(ServingException.class, () -> RawInput.read(two, zeros(4)));

    assertThat(refusal).hasMessageContaining("['a', 'b']");
    assertThat(refusal.reason()).isEqualTo(Reason.REQUEST_MALFORMED);
  }
}
