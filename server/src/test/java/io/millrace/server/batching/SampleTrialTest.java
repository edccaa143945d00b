package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.server.engine.EngineRegistry;
import io.millrace.server.model.DataType;
import io.millrace.server.model.QueueBounds;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Sample;
import io.millrace.server.model.Sample.Tolerance;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Samples on the instances of a version that loads. */
@Timeout(60)
final class SampleTrialTest {
  private final FakeModel model = new FakeModel();

  private static Tensor bytes(String name, int... values) {
    ByteBuffer data = ByteBuffer.allocate(values.length);
    for (int value : values) {
      data.put((byte) value);
    }
    return new Tensor(name, DataType.UINT8, Shape.of(values.length), data.flip());
  }

  private static Sample sample(boolean isRequired, Tensor... expected) {
    return new Sample(
        "samples/golden.json",
        List.of(bytes("x", 42)),
        List.of(expected),
        Tolerance.STANDARD,
        isRequired);
  }

  private BatchingServableLoader loader(Sample... samples) {
    return new BatchingServableLoader(
            new EngineRegistry(List.of(model.engine())),
            new BatchingOptions(QueueBounds.ofCalls(4), 2, 1),
            new ReplyQueue())
        .trying((artifact, signature) -> List.of(samples));
  }

  /** Answers with the input, and the input plus one, by the names of the outputs. */
  private void answer() {
    model.onWarmUp =
        (inputs, outputs) -> {
          int value = inputs.get(0).data().get(0);
          return List.of(bytes("y", value), bytes("z", value + 1));
        };
  }

  @Test
  void rightAnswers_letTheVersionServe() {
    answer();
    loader(sample(true, bytes("y", 42), bytes("z", 43))).load(Calls.artifact(2)).close();
    assertThat(model.events).contains("close model");
  }

  @Test
  void eachInstance_answersTheSamples() {
    Set<String> threads = ConcurrentHashMap.newKeySet();
    model.onWarmUp =
        (inputs, outputs) -> {
          if (inputs.get(0).data().get(0) == 42) {
            threads.add(Thread.currentThread().getName());
          }
          return inputs;
        };
    loader(sample(true)).load(Calls.artifact(3)).close();
    assertThat(threads).hasSize(3);
  }

  @Test
  void wrongAnswer_failsTheLoadAndNamesTheElement() {
    answer();
    ServingException failure =
        assertThrows(
            ServingException.class,
            () -> loader(sample(true, bytes("z", 44))).load(Calls.artifact(2)));
    assertThat(failure.reason()).isEqualTo(Reason.MODEL_SAMPLE_MISMATCH);
    assertThat(failure)
        .hasMessage("sample 'samples/golden.json': output 'z' at [0]: expected 44, got 43");
    assertThat(model.events).endsWith("close model").containsOnlyOnce("close model");
  }

  @Test
  void sampleThatTheModelRefuses_failsTheLoad() {
    refuseSamples();
    ServingException failure =
        assertThrows(ServingException.class, () -> loader(sample(true)).load(Calls.artifact(1)));
    assertThat(failure.reason()).isEqualTo(Reason.MODEL_SAMPLE_MISMATCH);
    assertThat(failure).hasMessageContainingAll("golden.json", "index out of bounds");
  }

  @Test
  void sampleThatNeedNotHold_isPassedOver() {
    refuseSamples();
    loader(sample(false)).load(Calls.artifact(1)).close();
    assertThat(model.events).contains("close model");
  }

  private void refuseSamples() {
    model.onWarmUp =
        (inputs, outputs) -> {
          if (inputs.get(0).data().get(0) == 42) {
            throw ServingException.refusal(Reason.ENGINE_ERROR, "Gather: index out of bounds");
          }
          return inputs;
        };
  }

  @Test
  void samplesThatCannotBeRead_failTheLoadAndCloseTheModel() {
    BatchingServableLoader unreadable =
        loader()
            .trying(
                (artifact, signature) -> {
                  throw ServingException.refusal(Reason.MODEL_LOAD_FAILED, "no JSON");
                });
    ServingException failure =
        assertThrows(ServingException.class, () -> unreadable.load(Calls.artifact(1)));
    assertThat(failure).hasMessage("no JSON");
    assertThat(model.events).containsExactly("close model");
  }
}
