package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.CallParameters;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Priority;
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

/** Bodies of Triton's generate. */
final class GenerateReaderTest {
  private static final Signature SIGNATURE =
      new Signature(
          List.of(
              TensorSpec.of("text_input", DataType.BYTES, -1),
              TensorSpec.of("max_tokens", DataType.INT32, -1, 1),
              TensorSpec.of("pair", DataType.FP32, -1, 2),
              TensorSpec.of("half", DataType.FP16, -1)),
          List.of());

  private static InferBody read(String body) {
    return read(SIGNATURE, body);
  }

  private static InferBody read(Signature signature, String body) {
    JsonText text = new JsonText(ByteString.copyFromUtf8(body.replace('\'', '"')));
    return new GenerateReader(signature, 1 << 20).read(text);
  }

  private static Tensor only(String body) {
    List<Tensor> inputs = read(body).inputs();
    assertThat(inputs).hasSize(1);
    return inputs.get(0);
  }

  @Test
  void keysThatNameInputs_areTensors_alsoAmongTheParameters() {
    InferBody body =
        read(
            "{'text_input': 'client input', 'stream': false, 'id': '7', 'parameters':"
                + " {'max_tokens': 20, 'temperature': 0.5, 'priority': 1}, 'timeout': 9}");

    assertThat(body.id()).isEqualTo("7");
    assertThat(body.inputs()).extracting(Tensor::name).containsExactly("text_input", "max_tokens");
    assertThat(body.inputs().get(0).shape()).isEqualTo(Shape.of(1));
    assertThat(BytesElements.decode(body.inputs().get(0).data(), 1).get(0))
        .asString()
        .isEqualTo("client input");
    assertThat(body.inputs().get(1).shape()).isEqualTo(Shape.of(1, 1));
    assertThat(body.inputs().get(1).data().getInt()).isEqualTo(20);
    assertThat(body.parameters()).isEqualTo(new CallParameters(Priority.HIGH, 9));
    assertThat(body.outputs()).isEqualTo(WantedOutputs.ALL);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'text_input': 'a' | 1",
        "'text_input': ['a', 'b'] | 2",
        "'text_input': [] | 0",
        "'max_tokens': 5 | 1 1",
        "'max_tokens': [5, 6] | 2 1",
        "'max_tokens': [[5], [6]] | 2 1",
        "'pair': [1, 2] | 1 2",
        "'pair': [1, 2, 3, 4] | 2 2",
        "'pair': [[1, 2]] | 1 2",
        "'pair': [] | 0 2",
      })
  void theShape_isThatOfTheLists_orFollowsFromTheModels(String member, String shape) {
    long[] sizes = Arrays.stream(shape.split(" ")).mapToLong(Long::parseLong).toArray();

    assertThat(only("{" + member + "}").shape()).isEqualTo(Shape.of(sizes));
  }

  @Test
  void aFlatListForSeveralOpenSizes_isRefused_unlessItIsOneValue() {
    Signature open =
        new Signature(List.of(TensorSpec.of("x", DataType.INT64, -1, -1, -1)), List.of());

    assertThat(read(open, "{'x': 5}").inputs().get(0).shape()).isEqualTo(Shape.of(1, 1, 1));
    assertThat(catchThrowableOfType(ServingException.class, () -> read(open, "{'x': [5, 6]}")))
        .hasMessage(
            "x: expected shape [-1, -1, -1] (-1 is any size), which 2 values do not make by"
                + " themselves; send lists of lists");
  }

  @Test
  void bytesThatAreNoText_comeAsBase64() {
    Tensor input = only("{'text_input': {'b64': '//4='}}");

    assertThat(BytesElements.decode(input.data(), 1).get(0))
        .containsExactly((byte) 0xFF, (byte) 0xFE);
  }

  @Test
  void anInputNamedId_isATensor() {
    Signature named = new Signature(List.of(TensorSpec.of("id", DataType.INT64, -1)), List.of());

    InferBody body =
        new GenerateReader(named, 1 << 10)
            .read(new JsonText(ByteString.copyFromUtf8("{\"id\": 3}")));

    assertThat(body.id()).isEmpty();
    assertThat(body.inputs().get(0).data().getLong()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[] | REQUEST_MALFORMED | the body must be a JSON object with the model's inputs, ['text_input'",
        "'text' | REQUEST_MALFORMED | the body must be a JSON object",
        "{'text_input': 'a' | REQUEST_MALFORMED | ends before",
        "{'text_input': 'a'} x | REQUEST_MALFORMED | body is no JSON",
        "{'text_input': 'a', 'text_input': 'b'} | REQUEST_MALFORMED | text_input is given twice",
        "{'max_tokens': 1, 'parameters': {'max_tokens': 1}} | REQUEST_MALFORMED | parameters.max_tokens is given twice",
        "{'text_input': 5} | TENSOR_DTYPE_MISMATCH | text_input: expected type BYTES, got a whole number",
        "{'parameters': {'max_tokens': '5'}} | TENSOR_DTYPE_MISMATCH | parameters.max_tokens: expected type INT32, got a text",
        "{'max_tokens': null} | TENSOR_DTYPE_MISMATCH | max_tokens: expected type INT32, got null",
        "{'pair': [1, 2, 3]} | TENSOR_SHAPE_MISMATCH | pair: expected shape [-1, 2] (-1 is any size), which 3 values do not make",
        "{'pair': [[1], [2, 3]]} | TENSOR_SHAPE_MISMATCH | uneven",
        "{'half': 1} | UNSUPPORTED_OPERATION | FP16 has no form in JSON",
        "{'id': 5} | REQUEST_MALFORMED | id must be a text",
        "{'parameters': 5} | PARAMETER_INVALID | parameters must be an object",
        "{'parameters': {'a': {}}} | PARAMETER_INVALID | 'a' of parameters must be a text",
        "{'a': [1]} | PARAMETER_INVALID | 'a' of the body must be a text",
        "{'parameters': {'parameters': {}}} | REQUEST_MALFORMED | twice",
        "{'timeout': -1} | PARAMETER_INVALID | timeout",
      })
  void aBodyThatIsNotRight_isRefusedForItsReason(String body, Reason reason, String words) {
    ServingException refusal = catchThrowableOfType(ServingException.class, () -> read(body));

    assertThat(refusal).hasMessageContaining(words);
    assertThat(refusal.reason()).isEqualTo(reason);
  }
}
