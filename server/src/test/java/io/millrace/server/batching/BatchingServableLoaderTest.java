package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.server.engine.EngineRegistry;
import io.millrace.server.model.InstancesConfig;
import io.millrace.server.model.QueueBounds;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
final class BatchingServableLoaderTest {
  private final FakeModel model = new FakeModel();

  private BatchingServableLoader loader() {
    return new BatchingServableLoader(
        new EngineRegistry(List.of(model.engine())),
        new BatchingOptions(QueueBounds.ofCalls(4), 2, 1),
        new ReplyQueue());
  }

  private ServingException failure(int instances) {
    return assertThrows(ServingException.class, () -> loader().load(Calls.artifact(instances)));
  }

  private long count(String beginning) {
    return model.events.stream().filter(event -> event.startsWith(beginning)).count();
  }

  private void failOpening(int which, RuntimeException failure) {
    AtomicInteger opened = new AtomicInteger();
    model.onOpen =
        () -> {
          if (opened.incrementAndGet() == which) {
            throw failure;
          }
        };
  }

  @Test
  void declaredInstances_areMade() {
    loader().load(Calls.artifact(3)).close();
    assertThat(count("open")).isEqualTo(3);
  }

  @Test
  void undeclaredInstances_areTheServersDefault() {
    loader().load(Calls.artifact(0)).close();
    assertThat(count("open")).isEqualTo(2);
  }

  @Test
  void instances_areWarmWhenTheLoadEnds() {
    AtomicInteger runs = new AtomicInteger();
    model.onWarmUp =
        (inputs, outputs) -> {
          runs.incrementAndGet();
          return inputs;
        };
    loader().load(Calls.artifact(2)).close();
    assertThat(runs.get()).isBetween(2, 6);
  }

  @Test
  void instanceThatCannotBeMade_failsTheLoadAndClosesAll() {
    failOpening(2, new IllegalStateException("/no/memory"));
    ServingException failure = failure(3);
    assertThat(failure.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED);
    assertThat(failure.getMessage()).doesNotContain("/no/memory");
    assertThat(failure).hasCauseInstanceOf(IllegalStateException.class);
    assertThat(count("open")).isEqualTo(2);
    assertThat(count("close instance")).isEqualTo(2);
    assertThat(model.events).endsWith("close model").containsOnlyOnce("close model");
  }

  @Test
  void warmUpThatIsRefused_failsTheLoadAndClosesAll() {
    model.onWarmUp =
        (inputs, outputs) -> {
          throw ServingException.refusal(Reason.ENGINE_ERROR, "Gather: index out of bounds");
        };
    ServingException failure = failure(2);
    assertThat(failure.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED);
    assertThat(failure.getMessage())
        .contains("'x' UINT8 [-1]", "Gather: index out of bounds", "iris/samples/NAME.json");
    assertThat(failure.isLasting()).isTrue();
    assertThat(count("close instance")).isEqualTo(2);
    assertThat(model.events).endsWith("close model").containsOnlyOnce("close model");
  }

  @Test
  void warmUpThatThrowsAnError_failsTheLoadAndClosesAll() {
    model.onWarmUp =
        (inputs, outputs) -> {
          throw new StackOverflowError();
        };
    assertThat(failure(1).reason()).isEqualTo(Reason.MODEL_LOAD_FAILED);
    assertThat(model.events).endsWith("close model");
  }

  @Test
  void formatWithoutEngine_failsTheLoad() {
    BatchingServableLoader none =
        new BatchingServableLoader(
            new EngineRegistry(List.of()),
            new BatchingOptions(QueueBounds.ofCalls(4), 2, 1),
            new ReplyQueue());
    ServingException failure =
        assertThrows(ServingException.class, () -> none.load(Calls.artifact(1)));
    assertThat(failure.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED);
    assertThat(failure.getMessage()).contains("ONNX");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1", "2, 1, 2", "2, 2, 1", "2, 4, 1", "8, 1, 4", "8, 2, 4", "8, 4, 2", "8, 5, 1"
  })
  void instancesThatNobodyCounted_doNotFightForTheCores(int cores, int threads, int expected) {
    BatchingOptions fourAtMost = new BatchingOptions(QueueBounds.ofCalls(1), 4, 1);

    assertThat(fourAtMost.instances(cores, threads)).isEqualTo(expected);
    assertThat(fourAtMost.instances(new InstancesConfig(7, threads))).isEqualTo(7);
  }

  @Test
  void options_takeOneOrMore() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BatchingOptions(QueueBounds.ofCalls(0), 1, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BatchingOptions(QueueBounds.ofCalls(1), 0, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BatchingOptions(QueueBounds.ofCalls(1), 1, 0));
    assertThat(BatchingOptions.defaults().defaultInstances()).isBetween(1, 4);
  }
}
