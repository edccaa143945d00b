package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.inference.ExampleTask;
import io.millrace.tensorflow.Example;
import io.millrace.tensorflow.serving.ExampleList;
import io.millrace.tensorflow.serving.ExampleListWithContext;
import io.millrace.tensorflow.serving.Input;
import io.millrace.tensorflow.serving.ModelSpec;
import java.util.Collections;
import org.junit.jupiter.api.Test;

/** Which examples are gone through on which threads. */
final class ExampleCodecTest {
  private static final Iterable<Example> MANY =
      Collections.nCopies(1_001, Example.getDefaultInstance());

  private static boolean isLong(Input.Builder input) {
    ModelSpec nobody = ModelSpec.newBuilder().setName("nobody").build();
    return new ExampleCodec(
            ExampleTask.CLASSIFY,
            new TensorFlowModelSpec(nobody),
            new TensorFlowExamples(input.build(), 1 << 20),
            new FakeCatalog())
        .isLong();
  }

  @Test
  void manyExamples_areForAWorker_beforeAnyOfThemIsLookedAt() {
    assertThat(
            isLong(
                Input.newBuilder().setExampleList(ExampleList.newBuilder().addAllExamples(MANY))))
        .isTrue();
    assertThat(
            isLong(
                Input.newBuilder()
                    .setExampleListWithContext(
                        ExampleListWithContext.newBuilder().addAllExamples(MANY))))
        .isTrue();
  }
}
