package io.millrace.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ModelConfigTest {
  @Test
  void everythingThatDiffers_isNamedByItsKey() {
    List<TensorSpec> tensors = List.of(TensorSpec.of("x", DataType.FP32, -1));
    ModelConfig other =
        new ModelConfig(
            tensors,
            tensors,
            new InstancesConfig(2, 3),
            new BatchingConfig(4, Duration.ofMillis(5), new QueueBounds(6, 7), RunPlace.INSTANCES),
            new OutputRoles("probabilities", "names", "estimate"),
            new Preprocess(
                Map.of(
                    "x",
                    new ImagePreprocess(
                        0,
                        0,
                        ImageLayout.NHWC,
                        ImagePreprocess.Channels.RGB,
                        ImagePreprocess.PixelValues.DEFAULT,
                        ImagePreprocess.Resizing.DEFAULT,
                        100))));

    assertThat(other.keysUnlike(ModelConfig.DERIVED))
        .containsExactly(
            "inputs",
            "outputs",
            "instances.count",
            "instances.threads",
            "batching.max_batch_size",
            "batching.max_queue_delay",
            "batching.max_queue_size",
            "batching.max_queue_bytes",
            "batching.run_on",
            "classify.scores",
            "classify.classes",
            "regress.value",
            "preprocess");
    assertThat(other.keysUnlike(other)).isEmpty();
  }
}
