package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.server.engine.EngineRegistry;
import io.millrace.server.model.BatchingConfig;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InstancesConfig;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.QueueBounds;
import io.millrace.server.model.Reason;
import io.millrace.server.model.RunPlace;
import io.millrace.server.model.Sample;
import io.millrace.server.model.Sample.Tolerance;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionArtifact;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A model that takes no zeros, and none of the rows that a trial makes up, while it loads. */
@Timeout(60)
final class FirstRunsTest {
  private static final int STANDARD_ROWS = 8;

  private final FakeModel model = new FakeModel();

  @BeforeEach
  void takeLargeNumbersAlone() {
    model.onWarmUp =
        (inputs, outputs) -> {
          ByteBuffer values = inputs.get(0).data();
          while (values.hasRemaining()) {
            if (values.get() < 40) {
              throw ServingException.refusal(Reason.ENGINE_ERROR, "stoll: no conversion");
            }
          }
          burn();
          return inputs;
        };
  }

  /** A run costs the same whatever its rows, so that it pays to run them together. */
  private static void burn() {
    long end = System.nanoTime() + 200_000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }

  private static Sample sample(boolean isRequired, int... values) {
    ByteBuffer data = ByteBuffer.allocate(values.length);
    for (int value : values) {
      data.put((byte) value);
    }
    Tensor input = new Tensor("x", DataType.UINT8, Shape.of(values.length), data.flip());
    return new Sample(
        "samples/real.json", List.of(input), List.of(), Tolerance.STANDARD, isRequired);
  }

  private Servable load(int maxBatchSize, Sample... samples) {
    return new BatchingServableLoader(
            new EngineRegistry(List.of(model.engine())),
            new BatchingOptions(QueueBounds.ofCalls(4), 2, STANDARD_ROWS),
            new ReplyQueue())
        .trying((artifact, signature) -> List.of(samples))
        .load(artifact(maxBatchSize));
  }

  /** How many rows of several calls the trial lets run together. */
  private int rowsTogether(int maxBatchSize, Sample... samples) {
    FirstRuns firstRuns = new FirstRuns("iris", model, List.of(samples));
    return BatchPlan.of(firstRuns, artifact(maxBatchSize), STANDARD_ROWS).maxRows();
  }

  private static VersionArtifact artifact(int maxBatchSize) {
    BatchingConfig batching =
        new BatchingConfig(maxBatchSize, Duration.ZERO, QueueBounds.DERIVED, RunPlace.AUTO);
    return new VersionArtifact(
        new ModelVersionId("iris", 3),
        ModelFormat.ONNX,
        Path.of("model.onnx"),
        new ModelConfig(List.of(), List.of(), new InstancesConfig(2, 1), batching),
        "a");
  }

  @Test
  void withoutSamples_whatTellsItsOwnSignatureServesUntried_andRunsCallsAlone() {
    model.tellsSignature = true;
    try (Servable servable = load(0)) {
      assertThat(servable.untried()).isPresent();
      assertThat(servable.untried().orElseThrow())
          .contains("'x' UINT8 [-1]", "stoll: no conversion", "iris/samples/NAME.json");
    }
    assertThat(rowsTogether(0)).isEqualTo(1);
  }

  @Test
  void withoutSamples_batchesThatTheConfigurationAsksForAreKept() {
    model.tellsSignature = true;
    try (Servable servable = load(4)) {
      assertThat(servable.untried()).isPresent();
    }
    assertThat(rowsTogether(4)).isEqualTo(4);
  }

  @Test
  void withoutSamples_whatOnlyItsConfigurationDescribesIsRefused() {
    ServingException failure = assertThrows(ServingException.class, () -> load(0));
    assertThat(failure.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED);
    assertThat(failure)
        .hasMessageContainingAll("does not run on zeros", "config.yaml", "iris/samples/NAME.json");
    assertThat(model.events).endsWith("close model").containsOnlyOnce("close model");
  }

  @Test
  void lackOfMemory_isNoFaultOfTheZeros() {
    model.tellsSignature = true;
    model.onWarmUp =
        (inputs, outputs) -> {
          throw ServingException.refusal(Reason.SERVER_OVERLOADED, "no memory is left");
        };
    ServingException failure = assertThrows(ServingException.class, () -> load(0));
    assertThat(failure.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED);
    assertThat(failure.isLasting()).isFalse();
  }

  @Test
  void sampleThatIsAnswered_standsForTheZerosOfAnyModel() {
    try (Servable servable = load(0, sample(true, 42))) {
      assertThat(servable.untried()).isEmpty();
    }
    // Equal rows prove nothing of running together.
    assertThat(rowsTogether(0, sample(true, 42))).isEqualTo(1);
  }

  @Test
  void rowsOfSamplesThatDiffer_showWhetherTheyMayRunTogether() {
    Sample[] samples = {sample(true, 42), sample(true, 43, 44)};
    try (Servable servable = load(0, samples)) {
      assertThat(servable.untried()).isEmpty();
    }
    assertThat(rowsTogether(0, samples)).isEqualTo(STANDARD_ROWS);
  }

  @Test
  void sampleThatFails_isPassedOverIfAnotherIsAnswered() {
    try (Servable servable = load(0, sample(false, 1), sample(false, 42))) {
      assertThat(servable.untried()).isEmpty();
    }
  }

  @Test
  void whatAnswersNeitherSamplesNorZeros_isRefused() {
    model.tellsSignature = true;
    ServingException failure =
        assertThrows(ServingException.class, () -> load(0, sample(false, 1), sample(false, 2)));
    assertThat(failure.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED);
    assertThat(failure).hasMessageContainingAll("none of its samples", "stoll: no conversion");
  }

  @Test
  void sampleThatMustHold_isNamedAndNotTheZeros() {
    model.tellsSignature = true;
    ServingException failure = assertThrows(ServingException.class, () -> load(0, sample(true, 1)));
    assertThat(failure.reason()).isEqualTo(Reason.MODEL_SAMPLE_MISMATCH);
    assertThat(failure).hasMessageContaining("samples/real.json");
  }
}
