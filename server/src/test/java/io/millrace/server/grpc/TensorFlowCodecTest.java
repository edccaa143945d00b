package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Int64Value;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionSelector;
import io.millrace.tensorflow.DataType;
import io.millrace.tensorflow.TensorProto;
import io.millrace.tensorflow.serving.ModelSpec;
import io.millrace.tensorflow.serving.PredictRequest;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a request of TensorFlow Serving's Predict says beside its values. */
final class TensorFlowCodecTest {
  private static final InferenceDoor.Patience PATIENCE =
      new InferenceDoor.Patience(42, () -> false);

  private static final TensorProto ONE =
      TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).addFloatVal(1).build();

  private static PredictRequest.Builder request(ModelSpec.Builder spec) {
    return PredictRequest.newBuilder().setModelSpec(spec).putInputs("x", ONE);
  }

  private static ModelSpec.Builder iris() {
    return ModelSpec.newBuilder().setName("iris");
  }

  private static TensorFlowCodec codec(PredictRequest.Builder request) {
    return new TensorFlowCodec(request.build(), 1_000);
  }

  private static void assertRefused(
      PredictRequest.Builder request, Reason reason, String field, String... texts) {
    Refusals.assertRefused(() -> codec(request).decode(PATIENCE), reason, field, texts);
  }

  @Test
  void aRequest_carriesModelInputsOutputsAndPatience() {
    InferenceRequest decoded =
        codec(request(iris()).putInputs("a", ONE).addOutputFilter("y")).decode(PATIENCE);

    assertThat(decoded.model()).isEqualTo("iris");
    assertThat(decoded.version()).isEqualTo(VersionSelector.LATEST);
    assertThat(decoded.inputs()).extracting(Tensor::name).containsExactlyInAnyOrder("x", "a");
    assertThat(decoded.outputs()).containsExactly("y");
    assertThat(decoded.deadlineNanos()).isEqualTo(42);
  }

  @Test
  void aVersionOrALabel_chooses_andAnErrorNamesIt() {
    TensorFlowCodec byNumber = codec(request(iris().setVersion(Int64Value.of(3))));
    TensorFlowCodec byLabel = codec(request(iris().setVersionLabel("stable")));

    assertThat(byNumber.decode(PATIENCE).version()).isEqualTo(new VersionSelector.ByNumber(3));
    assertThat(byNumber.subject()).isEqualTo(Map.of("model", "iris", "version", "3"));
    assertThat(byLabel.decode(PATIENCE).version()).isEqualTo(new VersionSelector.ByLabel("stable"));
    assertThat(byLabel.subject()).isEqualTo(Map.of("model", "iris", "version", "stable"));
  }

  @Test
  void theDefaultSignature_isTaken_andAnyOtherRefusedByName() {
    assertThat(codec(request(iris().setSignatureName("serving_default"))).decode(PATIENCE).model())
        .isEqualTo("iris");
    assertRefused(
        request(iris().setSignatureName("classify")),
        Reason.REQUEST_MALFORMED,
        "model_spec.signature_name",
        "no signature 'classify'; it has 'serving_default'");
  }

  @Test
  void whatBreaksTheRulesForNames_isRefused() {
    assertRefused(
        PredictRequest.newBuilder(), Reason.REQUEST_MALFORMED, "model_spec.name", "'' is no name");
    assertRefused(
        request(iris().setVersion(Int64Value.of(0))),
        Reason.REQUEST_MALFORMED,
        "model_spec.version",
        "got 0");
    assertRefused(
        request(iris().setVersionLabel("../x")),
        Reason.REQUEST_MALFORMED,
        "model_spec.version_label");
    assertRefused(request(iris()).putInputs("", ONE), Reason.REQUEST_MALFORMED, "inputs");
    assertRefused(
        request(iris()).addOutputFilter("y").addOutputFilter("y"),
        Reason.TENSOR_DUPLICATE,
        "output_filter[1]");
  }

  @Test
  void moreTensorsThanACallMayHave_areRefused() {
    PredictRequest.Builder request = request(iris());
    for (int i = 0; i < 64; i++) {
      request.putInputs("i" + i, ONE);
    }

    assertRefused(request, Reason.TOO_MANY_TENSORS, "inputs", "65 entries, the limit is 64");
  }

  @Test
  void aNameThatWouldForgeALine_isEscapedInTheError() {
    assertRefused(
        request(iris()).putInputs("a\nb", ONE.toBuilder().clearDtype().build()),
        Reason.TENSOR_DTYPE_MISMATCH,
        "inputs['a\\u{a}b'].dtype");
  }
}
