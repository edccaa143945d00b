package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.millrace.openinference.InferParameter;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferRequestedOutputTensor;
import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.ClassCounts.Count;
import io.millrace.server.model.Reason;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ClassificationCodecTest {
  private static Value number(double value) {
    return Value.newBuilder().setNumberValue(value).build();
  }

  private static Value text(String value) {
    return Value.newBuilder().setStringValue(value).build();
  }

  private static Value byOutput(Map<String, Value> counts) {
    return Value.newBuilder()
        .setStructValue(Struct.newBuilder().putAllFields(counts).build())
        .build();
  }

  private static ClassCounts ofPredict(Value classification) {
    return ClassificationCodec.ofPredict(Map.of("classification", classification));
  }

  private static InferParameter whole(long value) {
    return InferParameter.newBuilder().setInt64Param(value).build();
  }

  private static InferRequestedOutputTensor output(String name, InferParameter classification) {
    return InferRequestedOutputTensor.newBuilder()
        .setName(name)
        .putParameters("classification", classification)
        .build();
  }

  @Test
  void predict_asksForAllScoresOrForSingleOutputs() {
    assertThat(ofPredict(number(3)).ofScores())
        .isEqualTo(new Count(3, "parameters.classification"));
    assertThat(
            ofPredict(byOutput(Map.of("probabilities", number(3), "label", number(0)))).ofOutputs())
        .containsOnly(
            entry("probabilities", new Count(3, "parameters.classification")),
            entry("label", new Count(0, "parameters.classification")));
    assertThat(ClassificationCodec.ofPredict(Map.of("priority", number(1))))
        .isSameAs(ClassCounts.NONE);
  }

  /** As the parameter of one output asks for them. */
  private static ClassCounts ofProbabilities(int place, int count) {
    return ClassCounts.NONE.with(
        "outputs[%d].parameters.classification".formatted(place),
        "probabilities",
        OptionalLong.of(count),
        "as written");
  }

  @Test
  void modelInfer_asksForEachOutputByItself() {
    assertThat(
            ClassificationCodec.ofInfer(
                List.of(
                    InferRequestedOutputTensor.newBuilder().setName("label").build(),
                    output("probabilities", whole(3)))))
        .isEqualTo(ofProbabilities(1, 3));
  }

  static List<Value> whatIsNoCount() {
    return List.of(
        number(-1),
        number(0.5),
        text("3"),
        Value.newBuilder().setBoolValue(true).build(),
        Value.getDefaultInstance());
  }

  @ParameterizedTest
  @MethodSource("whatIsNoCount")
  void countOfPredictThatMakesNoSense_isRefused(Value value) {
    Refusals.assertRefused(
        () -> ofPredict(value),
        Reason.PARAMETER_INVALID,
        "parameters.classification",
        "how many classes to name");
    Refusals.assertRefused(
        () -> ofPredict(byOutput(Map.of("probabilities", value))),
        Reason.PARAMETER_INVALID,
        "parameters.classification",
        "output 'probabilities'");
  }

  static List<InferParameter> parametersThatAreNoCount() {
    return List.of(
        whole(-1),
        InferParameter.newBuilder().setStringParam("3").build(),
        InferParameter.newBuilder().setBoolParam(true).build(),
        InferParameter.getDefaultInstance());
  }

  @ParameterizedTest
  @MethodSource("parametersThatAreNoCount")
  void countOfModelInferThatMakesNoSense_isRefusedWithItsOutput(InferParameter parameter) {
    Refusals.assertRefused(
        () -> ClassificationCodec.ofInfer(List.of(output("probabilities", parameter))),
        Reason.PARAMETER_INVALID,
        "outputs[0].parameters.classification",
        "output 'probabilities'");
  }

  @Test
  void counts_goWithTheCall() {
    InferenceDoor.Patience patience = new InferenceDoor.Patience(42, () -> false);

    assertThat(
            new PredictCodec(
                    PredictRequest.newBuilder()
                        .setModelSpec(ModelSpec.newBuilder().setName("iris"))
                        .putParameters("classification", number(2))
                        .build())
                .decode(patience)
                .classes())
        .isEqualTo(ofPredict(number(2)));
    assertThat(
            new OpenInferenceCodec(
                    ModelInferRequest.newBuilder()
                        .setModelName("iris")
                        .addOutputs(output("probabilities", whole(2)))
                        .build())
                .decode(patience)
                .classes())
        .isEqualTo(ofProbabilities(0, 2));
  }
}
