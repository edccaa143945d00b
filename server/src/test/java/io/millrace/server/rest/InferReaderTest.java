package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.CallParameters;
import io.millrace.server.model.Priority;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InferReaderTest {
  private static InferBody read(String body) {
    String text = body.replace('\'', '"');
    return new InferReader(new JsonText(ByteString.copyFromUtf8(text)), 1 << 20).read();
  }

  private static Tensor input(String fields) {
    return read("{'inputs': [{" + fields + "}]}").inputs().get(0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'name': 'x', 'shape': [2, 2], 'datatype': 'INT32', 'data': [1, 2, 3, 4]",
        "'name': 'x', 'shape': [2, 2], 'datatype': 'INT32', 'data': [[1, 2], [3, 4]]",
        "'data': [[1, 2], [3, 4]], 'name': 'x', 'shape': [2, 2], 'datatype': 'INT32'",
        "'data': [1, 2, 3, 4], 'datatype': 'INT32', 'parameters': {'a': 1}, 'shape': [2, 2], 'name': 'x'",
        "'other': {'data': [9]}, 'name': 'x', 'datatype': 'INT32', 'data': [1, 2, 3, 4], 'shape': [2, 2]",
      })
  void flatAndNestedDataInAnyOrderOfKeys_giveTheSameTensor(String fields) {
    Tensor tensor = input(fields);

    assertThat(tensor.name()).isEqualTo("x");
    assertThat(tensor.shape()).isEqualTo(Shape.of(2, 2));
    int[] values = new int[4];
    tensor.data().asIntBuffer().get(values);
    assertThat(values).containsExactly(1, 2, 3, 4);
  }

  @ParameterizedTest
  @ValueSource(strings = {" x", "{}", "]", ",", "\0"})
  void textBehindTheDocument_isRefused(String behind) {
    String body = "{'inputs': [{'name': 'x', 'datatype': 'INT32', 'shape': [1], 'data': [1]}]}";
    assertThat(read(body + " \n").inputs()).hasSize(1);

    ServingException refusal =
        catchThrowableOfType(ServingException.class, () -> read(body + behind));

    assertThat(refusal.reason()).isEqualTo(Reason.REQUEST_MALFORMED);
  }

  @Test
  void dataBehindText_isFoundAgainByItsBytes() {
    Tensor tensor =
        read("{'id': 'Gr\u00fc\u00dfe \u65e5\u672c', 'inputs': [{'data': ['\u00fc', 'b'], 'name': 'x',"
                + " 'datatype': 'BYTES', 'shape': [2]}]}")
            .inputs()
            .get(0);

    assertThat(BytesElements.decode(tensor.data(), 2))
        .extracting(bytes -> new String(bytes, StandardCharsets.UTF_8))
        .containsExactly("\u00fc", "b");
  }

  @Test
  void priorityAndTimeout_areReadFromTheCallsParametersAlone() {
    InferBody body =
        read(
            "{'parameters': {'other': 'x', 'priority': 1, 'timeout': 18446744073709551616},"
                + " 'inputs': [{'name': 'x', 'datatype': 'FP32', 'shape': [0], 'data': [],"
                + " 'parameters': {'priority': -2}}]}");

    assertThat(body.parameters()).isEqualTo(new CallParameters(Priority.HIGH, Long.MAX_VALUE));
    assertThat(read("{'inputs': []}").parameters()).isEqualTo(CallParameters.NONE);
  }

  @Test
  void idOutputsAndEmptyTensors_areRead() {
    InferBody body =
        read(
            "{'id': '7', 'parameters': {'binary_data_output': false}, 'outputs': [{'name': 'b'},"
                + " {'name': 'a', 'parameters': {}}], 'inputs': [{'name': 'x', 'datatype': 'FP32',"
                + " 'shape': [0, 4], 'data': []}]}");

    assertThat(body.id()).isEqualTo("7");
    assertThat(body.outputs().names()).containsExactly("b", "a");
    assertThat(body.inputs().get(0).shape()).isEqualTo(Shape.of(0, 4));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'name': 'x', 'shape': [3], 'datatype': 'INT32', 'data': [1, 2] | TENSOR_SIZE_MISMATCH",
        "'name': 'x', 'shape': [4], 'datatype': 'INT32', 'data': [[1, 2], [3, 4]] | TENSOR_SHAPE_MISMATCH",
        "'name': 'x', 'shape': [2, 1], 'datatype': 'INT32', 'data': [[63], [1, 2]] | TENSOR_SHAPE_MISMATCH",
        "'name': 'x', 'shape': [1], 'datatype': 'INT32', 'data': [1.0] | TENSOR_DTYPE_MISMATCH",
        "'name': 'x', 'shape': [1], 'datatype': 'INT8', 'data': [300] | TENSOR_DTYPE_MISMATCH",
        "'name': 'x', 'shape': [1], 'datatype': 'INT9', 'data': [3] | TENSOR_DTYPE_MISMATCH",
        "'name': 'x', 'shape': [1], 'datatype': 'FP16', 'data': [3] | UNSUPPORTED_OPERATION",
        "'name': 'x', 'shape': [1], 'datatype': 'BYTES', 'data': [{'b64': 'aa'}] | TENSOR_DTYPE_MISMATCH",
        "'name': 'x', 'shape': [-1], 'datatype': 'INT32', 'data': [3] | TENSOR_SHAPE_MISMATCH",
        "'name': 'x', 'shape': [2147483648], 'datatype': 'INT32', 'data': [3] | TENSOR_SHAPE_MISMATCH",
        "'name': 'x', 'shape': [2147483647, 2147483647, 2147483647], 'datatype': 'INT32', 'data': [3] | TENSOR_SIZE_MISMATCH",
        "'name': 'x', 'shape': [1.0], 'datatype': 'INT32', 'data': [3] | REQUEST_MALFORMED",
        "'name': 'x', 'shape': 1, 'datatype': 'INT32', 'data': [3] | REQUEST_MALFORMED",
        "'name': 'x', 'shape': [1], 'datatype': 'INT32', 'data': 3 | REQUEST_MALFORMED",
        "'name': 'x', 'shape': [1], 'datatype': 'INT32' | REQUEST_MALFORMED",
        "'name': 'x', 'shape': [1], 'data': [3] | REQUEST_MALFORMED",
        "'name': 'x', 'datatype': 'INT32', 'data': [3] | REQUEST_MALFORMED",
        "'shape': [1], 'datatype': 'INT32', 'data': [3] | REQUEST_MALFORMED",
        "'name': 'x', 'name': 'y', 'shape': [1], 'datatype': 'INT32', 'data': [3] | REQUEST_MALFORMED",
        "'name': 'x', 'shape': [1], 'datatype': 'INT32', 'parameters': {'binary_data_size': 4} | REQUEST_MALFORMED",
        "'name': 'x', 'shape': [1], 'datatype': 'INT32', 'parameters': {'a': []}, 'data': [3] | PARAMETER_INVALID",
      })
  void anInputThatIsNotRight_isRefusedForItsReason(String fields, Reason reason) {
    ServingException refusal = catchThrowableOfType(ServingException.class, () -> input(fields));

    assertThat(refusal.reason()).isEqualTo(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{} | REQUEST_MALFORMED",
        "[] | REQUEST_MALFORMED",
        "{'inputs': {}} | REQUEST_MALFORMED",
        "{'inputs': [5]} | REQUEST_MALFORMED",
        "{'inputs': [], 'inputs': []} | REQUEST_MALFORMED",
        "{'id': 5, 'inputs': []} | REQUEST_MALFORMED",
        "{'outputs': [{}], 'inputs': []} | REQUEST_MALFORMED",
        "{'outputs': [{'name': 'a'}, {'name': 'a'}], 'inputs': []} | TENSOR_DUPLICATE",
        "{'parameters': {'binary_data_output': 1}, 'inputs': []} | PARAMETER_INVALID",
        "{'outputs': [{'name': 'a', 'parameters': {'binary_data': 'true'}}], 'inputs': []} | PARAMETER_INVALID",
        "{'outputs': [{'name': 'a', 'parameters': {'classification': -1}}], 'inputs': []} | PARAMETER_INVALID",
        "{'outputs': [{'name': 'a', 'parameters': {'shared_memory_region': 'r'}}], 'inputs': []} | UNSUPPORTED_OPERATION",
        "{'parameters': {'priority': -1}, 'inputs': []} | PARAMETER_INVALID",
        "{'parameters': {'priority': -99999999999999999999}, 'inputs': []} | PARAMETER_INVALID",
        "{'parameters': {'priority': 1.0}, 'inputs': []} | PARAMETER_INVALID",
        "{'parameters': {'priority': '1'}, 'inputs': []} | PARAMETER_INVALID",
        "{'parameters': {'timeout': null}, 'inputs': []} | PARAMETER_INVALID",
        "{'parameters': {'timeout': {}}, 'inputs': []} | PARAMETER_INVALID",
      })
  void aBodyThatIsNotRight_isRefusedForItsReason(String body, Reason reason) {
    ServingException refusal = catchThrowableOfType(ServingException.class, () -> read(body));

    assertThat(refusal.reason()).isEqualTo(reason);
  }
}
