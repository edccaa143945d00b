package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Int64Value;
import io.grpc.Context;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionSelector;
import io.millrace.tensorflow.DataType;
import io.millrace.tensorflow.TensorProto;
import io.millrace.tensorflow.serving.ModelSpec;
import io.millrace.tensorflow.serving.PredictRequest;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a request of TensorFlow Serving's Predict says beside its values. */
final class TensorFlowCodecTest {
  private static final InferenceDoor.Patience PATIENCE =
      new InferenceDoor.Patience(42, () -> false);

  private static final int MAX_BYTES = 500_000;

  private static final TensorProto ONE =
      TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).addFloatVal(1).build();

  private static PredictRequest.Builder request(ModelSpec.Builder spec) {
    return PredictRequest.newBuilder().setModelSpec(spec).putInputs("x", ONE);
  }

  /** One value for all elements of so many rows of four. */
  private static TensorProto oneForAll(long rows) {
    return ONE.toBuilder().setTensorShape(TensorFlowSamples.shape(rows, 4)).build();
  }

  private static ModelSpec.Builder iris() {
    return ModelSpec.newBuilder().setName("iris");
  }

  private final FakeCatalog catalog =
      new FakeCatalog().with("iris", FakeCatalog.version("iris", 3, VersionState.READY));
  private final MessageMemory memory = new MessageMemory(1 << 20);

  private TensorFlowCodec codec(PredictRequest.Builder request) {
    return new TensorFlowCodec(request.build(), catalog, MAX_BYTES);
  }

  /** Does it as a call of its own, whose memory is counted. */
  private <T> T inCall(Callable<T> work) throws Exception {
    return Context.current().withValue(MessageMemory.SHARE, memory.open()).call(work);
  }

  private void assertRefused(
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
  void aValueForManyElements_isRepeatedInMemoryThatIsCounted() throws Exception {
    InferenceRequest decoded =
        inCall(() -> codec(request(iris()).putInputs("x", oneForAll(250))).decode(PATIENCE));

    assertThat(decoded.inputs().get(0).shape()).isEqualTo(Shape.of(250, 4));
    assertThat(decoded.inputs().get(0).data().getFloat(999 * Float.BYTES)).isEqualTo(1);
    assertThat(memory.used()).isEqualTo(4_000);
  }

  @Test
  void whatIsMuch_isNotMadeOnAnEventLoop() throws Exception {
    assertThat(inCall(codec(request(iris()))::isLong)).isFalse();
    assertThat(inCall(codec(request(iris()).putInputs("x", oneForAll(4_096)))::isLong)).isFalse();
    assertThat(inCall(codec(request(iris()).putInputs("x", oneForAll(4_097)))::isLong)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "nosuch | 0 | x | 4 | MODEL_NOT_FOUND       | there is no model 'nosuch'",
        "iris   | 9 | x | 4 | VERSION_NOT_FOUND     | no such version",
        "iris   | 3 | y | 4 | TENSOR_MISSING        | input 'x' FP32 [-1, 4] is missing",
        "iris   | 3 | x | 5 | TENSOR_SHAPE_MISMATCH | expected shape [-1, 4] (-1 is any size), got [9, 5]"
      })
  void aValueForManyElements_takesNoMemoryForAModelThatTakesNoneOfThem(
      String model, long version, String input, long columns, Reason reason, String words) {
    ModelSpec.Builder spec = ModelSpec.newBuilder().setName(model);
    if (version > 0) {
      spec.setVersion(Int64Value.of(version));
    }
    PredictRequest.Builder request =
        PredictRequest.newBuilder()
            .setModelSpec(spec)
            .putInputs(
                input, ONE.toBuilder().setTensorShape(TensorFlowSamples.shape(9, columns)).build());

    Refusals.assertRefusedSaying(() -> inCall(codec(request)::isLong), reason, words);
    Refusals.assertRefusedSaying(
        () -> inCall(() -> codec(request).decode(PATIENCE)), reason, words);

    assertThat(memory.used()).isZero();
  }

  @Test
  void aValueForManyElements_takesNoMemoryWithTheWrongTypeOrOutput() {
    TensorProto whole = TensorFlowSamples.tensor(DataType.DT_INT32, 9, 4).addIntVal(1).build();
    Refusals.assertRefusedSaying(
        () -> inCall(() -> codec(request(iris()).putInputs("x", whole)).decode(PATIENCE)),
        Reason.TENSOR_DTYPE_MISMATCH,
        "input 'x': expected FP32, got INT32");
    Refusals.assertRefusedSaying(
        () ->
            inCall(
                () ->
                    codec(request(iris()).putInputs("x", oneForAll(9)).addOutputFilter("z"))
                        .decode(PATIENCE)),
        Reason.REQUEST_MALFORMED,
        "the model has no output 'z'");

    assertThat(memory.used()).isZero();
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
