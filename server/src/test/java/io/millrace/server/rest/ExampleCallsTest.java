package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionSelector;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** TensorFlow Serving's classify and regress on the service. */
final class ExampleCallsTest {
  private static final Map<String, Signature> MODELS =
      Map.of(
          "pets",
          new Signature(
              List.of(
                  TensorSpec.of("x", DataType.FP32, -1, 2),
                  TensorSpec.of("n", DataType.BYTES, -1, 2)),
              List.of(
                  TensorSpec.of("scores", DataType.FP32, -1, 2),
                  TensorSpec.of("classes", DataType.BYTES, -1, 2))),
          "homes",
          new Signature(
              List.of(TensorSpec.of("x", DataType.FP64, -1)),
              List.of(TensorSpec.of("value", DataType.FP64, -1))),
          "plain",
          new Signature(
              List.of(TensorSpec.of("x", DataType.FP32, -1)),
              List.of(TensorSpec.of("y", DataType.FP32, -1))));

  private static final String HOMES = "{\"examples\": [{\"x\": 1}, {\"x\": [0.1]}]}";

  private final RunningRest rest = new RunningRest(MODELS, Runnable::run);

  @AfterEach
  void stop() {
    rest.close();
  }

  @Test
  void classify_answersInTheLayoutOfTensorFlowServing() {
    String body =
        """
        {"context": {"n": ["cat", "dog"]}, "examples": [{"x": [0.25, 1]}, {"x": [-0.0, 1e-7]}]}""";

    assertThat(rest.stub().classify(RunningRest.request("pets", body)).getData().toStringUtf8())
        .isEqualTo(
            """
            {
                "results": [[["cat", 0.25], ["dog", 1.0]], [["cat", -0.0], ["dog", 1e-07]]]
            }
            """);
  }

  @Test
  void regress_answersInTheLayoutOfTensorFlowServing() {
    assertThat(rest.stub().regress(RunningRest.request("homes", HOMES)).getData().toStringUtf8())
        .isEqualTo(
            """
            {
                "results": [1.0, 0.1]
            }
            """);
  }

  @Test
  void aModelThatDoesNotDoIt_isRefusedWithWhatToAdd() {
    RunningRest.End end =
        RunningRest.failed(() -> rest.stub().classify(RunningRest.request("plain", HOMES)));

    assertThat(end.code()).isEqualTo("INVALID_ARGUMENT");
    assertThat(end.message()).contains("'plain' does not classify", "classify: {scores: NAME}");
    assertThat(end.metadata()).containsEntry("model", "plain");
  }

  @Test
  void whatIsNotThere_andWhatIsNoJson_areRefused() {
    assertThat(RunningRest.failed(() -> rest.stub().regress(RunningRest.request("no", HOMES))))
        .extracting(RunningRest.End::reason)
        .isEqualTo("MODEL_NOT_FOUND");
    assertThat(
            RunningRest.failed(
                    () ->
                        rest.stub()
                            .regress(RunningRest.request("homes", "image/png", ByteString.EMPTY)))
                .reason())
        .isEqualTo("UNSUPPORTED_OPERATION");
  }

  @Test
  void aVersionThatGoesAfterItWasChosen_isReplacedByItsSuccessor() {
    AtomicInteger calls = new AtomicInteger();
    Queue<VersionSelector> versions = new ConcurrentLinkedQueue<>();
    try (RunningRest swapped =
        new RunningRest(
            MODELS,
            Runnable::run,
            running ->
                (InferenceRequest request) -> {
                  versions.add(request.version());
                  if (calls.getAndIncrement() == 0) {
                    running.serve("homes", 2);
                  }
                  return running.inference.infer(request);
                })) {
      assertThat(
              swapped.stub().regress(RunningRest.request("homes", HOMES)).getData().toStringUtf8())
          .contains("[1.0, 0.1]");
      assertThat(versions)
          .containsExactly(new VersionSelector.ByNumber(1), new VersionSelector.ByNumber(2));
    }
  }

  @Test
  void metadata_tellOfWhatAModelDoes() {
    String homes =
        rest.stub().getModelMetadata(RunningRest.request("homes", "")).getData().toStringUtf8();
    String plain =
        rest.stub().getModelMetadata(RunningRest.request("plain", "")).getData().toStringUtf8();

    assertThat(homes.replaceAll("\\s", ""))
        .contains(
            "\"serving_default\":{",
            "\"method_name\":\"tensorflow/serving/predict\"}",
            "\"tensorflow/serving/regress\":{\"inputs\":{\"inputs\":{\"dtype\":\"DT_STRING\",",
            "\"method_name\":\"tensorflow/serving/regress\"}}}}")
        .doesNotContain("classify");
    assertThat(plain).contains("serving_default").doesNotContain("regress", "classify");
  }
}
