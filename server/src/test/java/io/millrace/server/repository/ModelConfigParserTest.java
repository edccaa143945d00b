package io.millrace.server.repository;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.ConfigProblems;
import io.millrace.server.model.BatchingConfig;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InstancesConfig;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.QueueBounds;
import io.millrace.server.model.RunPlace;
import io.millrace.server.model.Shape;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.TransitionOrder;
import io.millrace.server.model.VersionPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a model's config.yaml says is read in each form that it may have. */
final class ModelConfigParserTest {
  private final ConfigProblems problems = new ConfigProblems();

  private ModelSettings parse(String content) {
    return ModelConfigParser.parse("iris/config.yaml", content.getBytes(UTF_8), problems);
  }

  @Test
  void fullFile_givesAllSettings() {
    ModelSettings settings =
        parse(
            """
            engine: onnxruntime
            inputs:
              - {name: features, dtype: FP32, shape: [batch, 4]}
              - name: mask
                dtype: BOOL
                shape: []
            outputs:
              - {name: "output:0", dtype: INT64, shape: [-1]}
            version_policy: {specific: [3, 1, 3]}
            labels: {stable: 1, v1.0-rc_2: 3}
            instances: {count: 2}
            transition: resource_preserving
            """);

    assertThat(problems.list()).isEmpty();
    assertThat(settings.transition()).isEqualTo(TransitionOrder.RESOURCE_PRESERVING);
    assertThat(settings.format()).isEqualTo(ModelFormat.ONNX);
    assertThat(settings.config())
        .isEqualTo(
            new ModelConfig(
                List.of(
                    new TensorSpec(
                        "features", DataType.FP32, Shape.of(-1, 4), List.of("batch", "")),
                    TensorSpec.of("mask", DataType.BOOL)),
                List.of(TensorSpec.of("output:0", DataType.INT64, -1)),
                2));
    assertThat(settings.policy())
        .isEqualTo(new VersionPolicy.Specific(new TreeSet<>(List.of(1L, 3L))));
    assertThat(settings.labels()).isEqualTo(Map.of("stable", 1L, "v1.0-rc_2", 3L));
  }

  @Test
  void whatTheOutputsMean_isRead() {
    ModelSettings settings =
        parse(
            """
            classify: {scores: probabilities, classes: names}
            regress:
              value: estimate
            """);

    assertThat(problems.list()).isEmpty();
    assertThat(settings.config().roles())
        .isEqualTo(new OutputRoles("probabilities", "names", "estimate"));
    assertThat(parse("classify: {scores: p}").config().roles())
        .isEqualTo(new OutputRoles("p", "", ""));
  }

  @Test
  void emptyFile_meansTheDefaults() {
    assertThat(parse("")).isEqualTo(ModelSettings.DEFAULT);
    assertThat(problems.list()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          version_policy: all            | all
          version_policy: {latest: 3}    | latest: 3
          version_policy: {specific: [2]} | specific: [2]
          labels: {}                     | latest: 1
          """)
  void policyInEachForm_isRead(String content, String words) {
    assertThat(parse(content).policy().describe()).isEqualTo(words);
    assertThat(problems.list()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          instances: 3                                     | 3 | 1
          instances: {count: 3}                            | 3 | 1
          instances: {count: 3, device: cpu, threads: 2}   | 3 | 2
          instances: {threads: 2}                          | 0 | 2
          engine: pytorch                                  | 0 | 1
          """)
  void instances_areANumberOrAMapping(String content, int count, int threads) {
    assertThat(parse(content).config().instances()).isEqualTo(new InstancesConfig(count, threads));
    assertThat(problems.list()).isEmpty();
  }

  @Test
  void batching_hasASizeADelayAndBoundsOfItsQueue() {
    assertThat(parse("batching: {max_batch_size: 16, max_queue_delay: 2ms}").config().batching())
        .isEqualTo(
            new BatchingConfig(16, Duration.ofMillis(2), QueueBounds.DERIVED, RunPlace.AUTO));
    assertThat(parse("batching: {max_queue_size: 9, max_queue_bytes: 2KiB}").config().batching())
        .isEqualTo(new BatchingConfig(0, Duration.ZERO, new QueueBounds(9, 2_048), RunPlace.AUTO));
    assertThat(parse("engine: pytorch").config().batching()).isEqualTo(BatchingConfig.DERIVED);
  }

  @ParameterizedTest
  @CsvSource({"auto, AUTO", "event_loop, EVENT_LOOP", "instances, INSTANCES"})
  void placeOfTheRuns_isChosenByName(String name, RunPlace expected) {
    BatchingConfig batching = parse("batching: {run_on: " + name + "}").config().batching();

    assertThat(batching.runOn()).isEqualTo(expected);
  }
}
