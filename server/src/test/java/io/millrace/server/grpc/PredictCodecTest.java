package io.millrace.server.grpc;

import static io.millrace.server.grpc.PredictSamples.bytes;
import static io.millrace.server.grpc.PredictSamples.tensor;
import static io.millrace.v1.DataType.DT_FP32;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionSelector;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class PredictCodecTest {
  private static final InferenceDoor.Patience PATIENCE =
      new InferenceDoor.Patience(42, () -> false);

  private static PredictRequest.Builder request() {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("iris"))
        .addInputs(tensor(DT_FP32, 1).addFp32Val(1));
  }

  private static void assertRequestRefused(
      PredictRequest.Builder request, Reason reason, String field, String... texts) {
    Refusals.assertRefused(
        () -> new PredictCodec(request.build()).decode(PATIENCE), reason, field, texts);
  }

  @Test
  void aRequest_carriesModelVersionOutputsAndPatience() {
    InferenceRequest decoded =
        new PredictCodec(request().addOutputFilter("y").build()).decode(PATIENCE);

    assertThat(decoded.model()).isEqualTo("iris");
    assertThat(decoded.version()).isEqualTo(VersionSelector.LATEST);
    assertThat(decoded.outputs()).containsExactly("y");
    assertThat(decoded.deadlineNanos()).isEqualTo(42);
    assertThat(decoded.inputs()).extracting(Tensor::name).containsExactly("x");
  }

  @Test
  void aVersionOrALabel_chooses() {
    PredictRequest.Builder byNumber = request();
    byNumber.getModelSpecBuilder().setVersion(3);
    PredictRequest.Builder byLabel = request();
    byLabel.getModelSpecBuilder().setVersionLabel("stable");

    assertThat(new PredictCodec(byNumber.build()).decode(PATIENCE).version())
        .isEqualTo(new VersionSelector.ByNumber(3));
    assertThat(new PredictCodec(byLabel.build()).decode(PATIENCE).version())
        .isEqualTo(new VersionSelector.ByLabel("stable"));
  }

  @Test
  void aVersionBelowOneAndABadLabel_areRefused() {
    for (long version : new long[] {0, -1, Long.MIN_VALUE}) {
      PredictRequest.Builder request = request();
      request.getModelSpecBuilder().setVersion(version);
      assertRequestRefused(
          request, Reason.REQUEST_MALFORMED, "model_spec.version", "got " + version);
    }
    PredictRequest.Builder label = request();
    label.getModelSpecBuilder().setVersionLabel("../x");
    assertRequestRefused(
        label, Reason.REQUEST_MALFORMED, "model_spec.version_label", "'../x' is no name");
  }

  @Test
  void aSignatureName_isRefusedSinceThereIsOnlyOne() {
    PredictRequest.Builder request = request();
    request.getModelSpecBuilder().setSignatureName("serving_default");
    assertRequestRefused(request, Reason.REQUEST_MALFORMED, "model_spec.signature_name");
  }

  @Test
  void inputsWithoutOrWithTheSameName_areRefused() {
    assertRequestRefused(
        request().addInputs(tensor(DT_FP32).setName("")),
        Reason.REQUEST_MALFORMED,
        "inputs[1].name");
    assertRequestRefused(
        request().addInputs(tensor(DT_FP32)), Reason.TENSOR_DUPLICATE, "inputs[1].name", "'x'");
    assertRequestRefused(
        request().addOutputFilter("y").addOutputFilter("y"),
        Reason.TENSOR_DUPLICATE,
        "output_filter[1]");
  }

  @Test
  void countsAboveTheirCaps_areRefused() {
    PredictRequest.Builder inputs = request();
    PredictRequest.Builder outputs = request();
    PredictRequest.Builder parameters = request();
    for (int i = 0; i < 65; i++) {
      inputs.addInputs(tensor(DT_FP32).setName("i" + i));
      outputs.addOutputFilter("o" + i);
      parameters.putParameters("p" + i, com.google.protobuf.Value.getDefaultInstance());
    }
    assertRequestRefused(inputs, Reason.TOO_MANY_TENSORS, "inputs", "66 entries, the limit is 64");
    assertRequestRefused(outputs, Reason.TOO_MANY_TENSORS, "output_filter", "65 entries");
    assertRequestRefused(parameters, Reason.PARAMETER_INVALID, "parameters", "65 entries");
    assertRequestRefused(
        request().setId("i".repeat(1025)), Reason.REQUEST_MALFORMED, "id", "got 1025");
  }

  @Test
  void aResponse_isRawAndEchoesTheIdAndSaysWhichVersionAnswered() throws IOException {
    ByteBuffer data = ByteBuffer.wrap(new byte[] {0, 0, (byte) 0x80, 0x3F});
    Tensor output = new Tensor("y", io.millrace.server.model.DataType.FP32, Shape.of(1, 1), data);

    PredictResponse encoded =
        PredictResponse.parseFrom(
            PredictReply.of(
                "call-7", new InferenceResponse(new ModelVersionId("iris", 3), List.of(output))));

    assertThat(encoded.getId()).isEqualTo("call-7");
    assertThat(encoded.getModelSpec().getName()).isEqualTo("iris");
    assertThat(encoded.getModelSpec().getVersion()).isEqualTo(3);
    assertThat(encoded.getFinal()).isTrue();
    assertThat(encoded.getOutputs(0).getDtype()).isEqualTo(DT_FP32);
    assertThat(encoded.getOutputs(0).getShapeList()).containsExactly(1L, 1L);
    assertThat(encoded.getOutputs(0).getRaw()).isEqualTo(bytes(0, 0, 0x80, 0x3F));
    assertThat(encoded.getOutputs(0).getFp32ValList()).isEmpty();
  }
}
