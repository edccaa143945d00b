package io.millrace.server.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RequestValidatorTest {
  private static final Signature SIGNATURE =
      new Signature(
          List.of(
              new TensorSpec("ids", DataType.INT64, Shape.of(-1, -1), List.of("batch", "words")),
              new TensorSpec("mask", DataType.INT8, Shape.of(-1, -1), List.of("batch", "words")),
              new TensorSpec("bias", DataType.FP32, Shape.of(3, -1), List.of("", ""))),
          List.of(
              TensorSpec.of("scores", DataType.FP32, -1, 3),
              TensorSpec.of("label", DataType.INT64, -1)));

  private static final String[] VALID = {"ids INT64 2,5", "mask INT8 2,5", "bias FP32 3,1"};

  private static ServingException refusal(InferenceRequest request) {
    ServingException refusal =
        assertThrows(ServingException.class, () -> RequestValidator.validate(request, SIGNATURE));
    // What is wrong beside values is found before there are any, and told in the same words.
    assertThatThrownBy(
            () -> RequestValidator.requireFit(request.inputs(), request.outputs(), SIGNATURE))
        .isInstanceOf(ServingException.class)
        .hasMessage(refusal.getMessage());
    return refusal;
  }

  private static List<String> fields(ServingException refusal) {
    return refusal.violations().stream().map(ServingException.FieldViolation::field).toList();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          # situation              | inputs                                     | reason | field | words
          none                     |                                            | TENSOR_MISSING | inputs | input 'ids' INT64 [-1, -1] is missing
          the last is missing      | ids INT64 2,5; mask INT8 2,5               | TENSOR_MISSING | inputs | 'bias' FP32 [3, -1] is missing
          another name             | ids INT64 2,5; mask INT8 2,5; b FP32 3,1   | TENSOR_MISSING | inputs | got ['ids', 'mask', 'b']
          one too many             | ids INT64 2,5; mask INT8 2,5; bias FP32 3,1; b FP32 1 | REQUEST_MALFORMED | inputs[3].name | no input 'b'; its inputs are ['ids', 'mask', 'bias']
          one twice                | ids INT64 2,5; ids INT64 2,5               | TENSOR_DUPLICATE | inputs[1].name | input 'ids' is given twice
          an unknown one twice     | b FP32 1; b FP32 1                         | TENSOR_DUPLICATE | inputs[1].name | input 'b' is given twice
          wrong type               | mask INT8 2,5; ids INT32 2,5; bias FP32 3,1 | TENSOR_DTYPE_MISMATCH | inputs[1].dtype | input 'ids': expected INT64, got INT32
          wrong rank               | ids INT64 2; mask INT8 2,5; bias FP32 3,1  | TENSOR_SHAPE_MISMATCH | inputs[0].shape | expected shape [-1, -1] (-1 is any size), got [2]
          wrong fixed size         | ids INT64 2,5; mask INT8 2,5; bias FP32 4,1 | TENSOR_SHAPE_MISMATCH | inputs[2].shape | input 'bias': expected shape [3, -1] (-1 is any size), got [4, 1]
          named sizes disagree     | ids INT64 2,5; mask INT8 2,6; bias FP32 3,1 | TENSOR_SHAPE_MISMATCH | inputs[1].shape[1] | dimension 'words' is 6 here but 5 in another
          batch sizes disagree     | bias FP32 3,1; mask INT8 0,5; ids INT64 2,5 | TENSOR_SHAPE_MISMATCH | inputs[1].shape[0] | dimension 'batch' is 0 here but 2 in another
          """)
  void inputs_thatDoNotFit(
      String situation, @Nullable String inputs, Reason reason, String field, String words) {
    String[] given = inputs == null ? new String[0] : inputs.split("; ", -1);
    ServingException refusal = refusal(Requests.taking(given));
    assertThat(refusal.reason()).isEqualTo(reason);
    assertThat(fields(refusal)).containsExactly(field);
    assertThat(refusal.getMessage()).contains(words);
    assertThat(refusal.getStackTrace()).isEmpty();
  }

  @Test
  void inputsInAnyOrder_getTheModelsOrder() {
    InferenceRequest valid =
        RequestValidator.validate(
            Requests.taking("bias FP32 3,7", "ids INT64 2,5", "mask INT8 2,5"), SIGNATURE);
    assertThat(valid.inputs()).extracting(Tensor::name).containsExactly("ids", "mask", "bias");
    RequestValidator.requireFit(valid.inputs(), valid.outputs(), SIGNATURE);
  }

  @Test
  void sizesOfUnnamedDimensions_mayDiffer() {
    InferenceRequest valid =
        RequestValidator.validate(
            Requests.taking("ids INT64 0,0", "mask INT8 0,0", "bias FP32 3,9"), SIGNATURE);
    assertThat(valid.inputs()).hasSize(3);
  }

  @Test
  void rest_ofTheRequestStaysAsItIs() {
    InferenceRequest request = Requests.asking(Requests.taking(VALID), "label", "scores");
    assertThat(RequestValidator.validate(request, SIGNATURE)).isEqualTo(request);
  }

  @Test
  void unknownOutput_isToldThoseThereAre() {
    ServingException refusal = refusal(Requests.asking(Requests.taking(VALID), "label", "best"));
    assertThat(refusal.reason()).isEqualTo(Reason.REQUEST_MALFORMED);
    assertThat(refusal.getMessage())
        .isEqualTo("the model has no output 'best'; its outputs are ['scores', 'label']");
  }

  @Test
  void outputAskedForTwice_isRefused() {
    ServingException refusal =
        refusal(Requests.asking(Requests.taking(VALID), "label", "scores", "label"));
    assertThat(refusal.reason()).isEqualTo(Reason.TENSOR_DUPLICATE);
    assertThat(refusal.getMessage()).contains("'label'");
  }

  @Test
  void modelWithoutInputs_takesNone() {
    Signature none = new Signature(List.of(), SIGNATURE.outputs());
    assertThat(RequestValidator.validate(Requests.taking(), none).inputs()).isEmpty();
    assertThrows(
        ServingException.class, () -> RequestValidator.validate(Requests.taking("x FP32 1"), none));
  }

  @Test
  void hostileNames_areQuoted() {
    Tensor hostile =
        new Tensor("a\nb", DataType.BOOL, Shape.of(0), Requests.tensor("x BOOL 0").data());
    InferenceRequest request = Requests.taking(VALID).withInputs(List.of(hostile, hostile));
    assertThat(refusal(request).getMessage()).isEqualTo("input 'a\\u{a}b' is given twice");
  }
}
