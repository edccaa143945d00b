package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.millrace.openinference.InferParameter;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.server.model.CallParameters;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Priority;
import io.millrace.server.model.Reason;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParameterCodecTest {
  private static Value number(double value) {
    return Value.newBuilder().setNumberValue(value).build();
  }

  private static InferParameter whole(long value) {
    return InferParameter.newBuilder().setInt64Param(value).build();
  }

  private static InferParameter unsigned(long bits) {
    return InferParameter.newBuilder().setUint64Param(bits).build();
  }

  @Test
  void parametersOfBothProtocols_meanTheSame() {
    CallParameters expected = new CallParameters(Priority.HIGH, 2_500);

    assertThat(ParameterCodec.ofPredict(Map.of("priority", number(1), "timeout", number(2_500))))
        .isEqualTo(expected);
    assertThat(ParameterCodec.ofInfer(Map.of("priority", whole(1), "timeout", unsigned(2_500))))
        .isEqualTo(expected);
    assertThat(ParameterCodec.ofInfer(Map.of("timeout", unsigned(-1))).timeoutMicros())
        .isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void parametersThatNobodyKnows_areIgnored() {
    assertThat(ParameterCodec.ofPredict(Map.of("colour", number(-1))))
        .isEqualTo(CallParameters.NONE);
    assertThat(ParameterCodec.ofInfer(Map.of("sequence_id", whole(-1))))
        .isEqualTo(CallParameters.NONE);
  }

  static List<Value> valuesThatAreNoWholeNumber() {
    return List.of(
        number(-1),
        number(0.5),
        number(Double.NaN),
        number(Double.POSITIVE_INFINITY),
        Value.newBuilder().setStringValue("1").build(),
        Value.newBuilder().setBoolValue(true).build(),
        Value.newBuilder().setNullValue(NullValue.NULL_VALUE).build(),
        Value.newBuilder().setStructValue(Struct.getDefaultInstance()).build(),
        Value.newBuilder().setListValue(ListValue.getDefaultInstance()).build(),
        Value.getDefaultInstance());
  }

  @ParameterizedTest
  @MethodSource("valuesThatAreNoWholeNumber")
  void valueOfPredictThatMakesNoSense_isRefused(Value value) {
    Refusals.assertRefused(
        () -> ParameterCodec.ofPredict(Map.of("priority", value)),
        Reason.PARAMETER_INVALID,
        "parameters.priority",
        "allowed: a whole number: 1 is high");
  }

  static List<InferParameter> parametersThatAreNoWholeNumber() {
    return List.of(
        whole(-1),
        InferParameter.newBuilder().setDoubleParam(0.5).build(),
        InferParameter.newBuilder().setStringParam("soon").build(),
        InferParameter.newBuilder().setBoolParam(true).build(),
        InferParameter.getDefaultInstance());
  }

  @ParameterizedTest
  @MethodSource("parametersThatAreNoWholeNumber")
  void parameterOfModelInferThatMakesNoSense_isRefused(InferParameter parameter) {
    Refusals.assertRefused(
        () -> ParameterCodec.ofInfer(Map.of("timeout", parameter)),
        Reason.PARAMETER_INVALID,
        "parameters.timeout",
        "microseconds");
  }

  @ParameterizedTest
  @ValueSource(strings = {"predict", "infer"})
  void requestWithParameters_carriesThemToTheModel(String method) {
    long now = System.nanoTime();
    long deadline = now + TimeUnit.HOURS.toNanos(1);
    InferenceDoor.Patience patience = new InferenceDoor.Patience(deadline, () -> false);
    ReadRequest request =
        method.equals("predict")
            ? new PredictCodec(
                PredictRequest.newBuilder()
                    .setModelSpec(ModelSpec.newBuilder().setName("iris"))
                    .putParameters("priority", number(1))
                    .putParameters("timeout", number(60_000_000))
                    .build())
            : new OpenInferenceCodec(
                ModelInferRequest.newBuilder()
                    .setModelName("iris")
                    .putParameters("priority", whole(1))
                    .putParameters("timeout", whole(60_000_000))
                    .build());

    InferenceRequest decoded = request.decode(patience);

    assertThat(decoded.priority()).isEqualTo(Priority.HIGH);
    assertThat(decoded.deadlineNanos() - now)
        .isBetween(TimeUnit.SECONDS.toNanos(60), TimeUnit.MINUTES.toNanos(59));
  }
}
