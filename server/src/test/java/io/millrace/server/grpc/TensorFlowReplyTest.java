package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.tensorflow.TensorProto;
import io.millrace.tensorflow.TensorShapeProto;
import io.millrace.tensorflow.serving.PredictResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers as TensorFlow's clients read them. */
final class TensorFlowReplyTest {
  private static final int MAX_BYTES = 1_000;

  private static PredictResponse answer(Tensor... outputs) throws IOException {
    TensorFlowReply reply =
        TensorFlowReply.of(
            new InferenceResponse(new ModelVersionId("iris", 3), List.of(outputs)), MAX_BYTES);
    int promised = reply.available();
    byte[] bytes = reply.readAllBytes();
    assertThat(bytes).hasSize(promised);
    return PredictResponse.parseFrom(bytes);
  }

  @Test
  void theModelSpec_tellsNameVersionAndTheOneSignature() throws IOException {
    PredictResponse answer = answer();

    assertThat(answer.getModelSpec().getName()).isEqualTo("iris");
    assertThat(answer.getModelSpec().getVersion().getValue()).isEqualTo(3);
    assertThat(answer.getModelSpec().getSignatureName()).isEqualTo("serving_default");
    assertThat(answer.getOutputsMap()).isEmpty();
  }

  static List<TensorFlowSamples.Typed> everyType() {
    return TensorFlowSamples.everyType();
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void values_areInTheListOfTheirType(TensorFlowSamples.Typed typed) throws IOException {
    PredictResponse answer = answer(TensorFlowSamples.decode(typed.wire()));

    assertThat(answer.getOutputsMap())
        .containsOnlyKeys("x")
        .containsEntry("x", typed.wire().build());
  }

  @Test
  void outputsOfAnySizes_areEntriesOfTheMap() throws IOException {
    Tensor scalar =
        new Tensor("scalar", DataType.UINT8, Shape.of(), ByteBuffer.wrap(new byte[] {7}));
    Tensor empty = new Tensor("empty", DataType.FP32, Shape.of(0, 4), ByteBuffer.allocate(0));
    Tensor noTexts = new Tensor("no texts", DataType.BYTES, Shape.of(0), ByteBuffer.allocate(0));
    Tensor matrix = new Tensor("matrix", DataType.BOOL, Shape.of(2, 3), ByteBuffer.allocate(6));

    PredictResponse answer = answer(scalar, empty, noTexts, matrix);

    assertThat(answer.getOutputsMap()).containsOnlyKeys("scalar", "empty", "no texts", "matrix");
    TensorProto one = answer.getOutputsOrThrow("scalar");
    assertThat(one.hasTensorShape()).isTrue();
    assertThat(one.getTensorShape().getDimCount()).isZero();
    assertThat(one.getIntValList()).containsExactly(7);
    assertThat(answer.getOutputsOrThrow("empty").getFloatValList()).isEmpty();
    assertThat(answer.getOutputsOrThrow("empty").getTensorShape().getDimList())
        .extracting(TensorShapeProto.Dim::getSize)
        .containsExactly(0L, 4L);
    assertThat(answer.getOutputsOrThrow("no texts").getStringValList()).isEmpty();
    assertThat(answer.getOutputsOrThrow("matrix").getBoolValList()).hasSize(6);
    assertThat(answer.getOutputsMap().values())
        .extracting(TensorProto::getTensorContent)
        .containsOnly(ByteString.EMPTY);
  }

  @Test
  void listsAboveTheLimit_areRefusedThoughTheValuesAreBelowIt() {
    byte[] negative = new byte[200];
    java.util.Arrays.fill(negative, (byte) -1);
    Tensor output = new Tensor("x", DataType.INT8, Shape.of(200), ByteBuffer.wrap(negative));

    Refusals.assertRefusedSaying(
        () -> answer(output), Reason.MESSAGE_TOO_LARGE, "the answer takes 2003 bytes");
  }

  /** Of two gigabytes less a megabyte in lists, which their names carry beyond. */
  @Test
  void anAnswerThatNoMessageCanHold_isRefused() {
    ByteBuffer mebibyte = ByteBuffer.allocate(1 << 20);
    Tensor[] outputs = new Tensor[2047];
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = new Tensor(i + "x".repeat(1_000), DataType.FP32, Shape.of(1 << 18), mebibyte);
    }
    InferenceResponse response =
        new InferenceResponse(new ModelVersionId("iris", 3), List.of(outputs));

    Refusals.assertRefusedSaying(
        () -> TensorFlowReply.of(response, Integer.MAX_VALUE),
        Reason.MESSAGE_TOO_LARGE,
        "the limit is 2147483647");
  }
}
