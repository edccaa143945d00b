package io.millrace.server.engine.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.engine.Fixtures;
import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.engine.RunInput;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Runs of few small rows, on both sides of what is few. */
final class PinnedRunsTest {
  private static final OnnxEngine ENGINE = new OnnxEngine(Fixtures.CACHE);

  private static Tensor rows(String name, int count, float first) {
    float[] values = new float[count * 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = first + i;
    }
    return Fixtures.floats(name, Shape.of(count, 2), values);
  }

  private static float[] run(ModelInstance instance, List<String> outputs, Tensor... inputs) {
    return Fixtures.floatsOf(Fixtures.run(instance, List.of(inputs), outputs).get(0));
  }

  @Test
  void anyNumberOfRows_givesEachRowItsAnswer() {
    try (LoadedModel model = ENGINE.load(Fixtures.onnx("constant-version-3"));
        ModelInstance instance = model.newInstance()) {
      for (int count : new int[] {1, 64, 2, 65, 63, 1, 200, 64}) {
        Tensor x = rows("x", count, count);
        List<Tensor> outputs = Fixtures.run(instance, List.of(x), List.of("y", "version"));

        assertThat(outputs.get(0).shape()).isEqualTo(Shape.of(count, 2));
        assertThat(outputs.get(1).shape()).isEqualTo(Shape.of(count));
        float[] y = Fixtures.floatsOf(outputs.get(0));
        assertThat(y).hasSize(count * 2).endsWith(y(instance, x, count));
      }
    }
  }

  /** The last row's answer when it is alone. */
  private static float[] y(ModelInstance instance, Tensor x, int count) {
    float[] values = Fixtures.floatsOf(x);
    float[] last = {values[count * 2 - 2], values[count * 2 - 1]};
    return run(instance, List.of("y"), Fixtures.floats("x", Shape.of(1, 2), last));
  }

  @Test
  void answer_staysWhenTheInstanceRunsAgain() {
    try (LoadedModel model = ENGINE.load(Fixtures.onnx("constant-version-3"));
        ModelInstance instance = model.newInstance()) {
      Tensor first =
          Fixtures.run(instance, List.of(rows("x", 3, 1)), List.of("y", "version")).get(0);
      float[] before = Fixtures.floatsOf(first);
      Fixtures.run(instance, List.of(rows("x", 3, 100)), List.of("y", "version"));

      assertThat(Fixtures.floatsOf(first)).isEqualTo(before);
    }
  }

  @Test
  void rowsOfSeveralRequests_areJoined() {
    try (LoadedModel model = ENGINE.load(Fixtures.onnx("add-sub"));
        ModelInstance instance = model.newInstance()) {
      RunInput a = RunInput.of(Stream.of(1, 2).map(rows -> rows("a", rows, 10)).toList());
      RunInput b = RunInput.of(Stream.of(1, 2).map(rows -> rows("b", rows, 1)).toList());

      List<Tensor> outputs = instance.run(List.of(a, b), List.of("sum", "difference"));

      assertThat(Fixtures.floatsOf(outputs.get(0))).containsExactly(11, 13, 11, 13, 15, 17);
      assertThat(Fixtures.floatsOf(outputs.get(1))).containsOnly(9);
    }
  }

  @Test
  void instance_tellsWhenTheModelRan_withAndWithoutPins() {
    try (LoadedModel model = ENGINE.load(Fixtures.onnx("constant-version-3"));
        ModelInstance instance = model.newInstance()) {
      for (int count : new int[] {1, 200}) {
        long before = System.nanoTime();
        Fixtures.run(instance, List.of(rows("x", count, 1)), List.of("y", "version"));
        long after = System.nanoTime();

        assertThat(instance.lastBeganNanos() - before).isNotNegative();
        assertThat(instance.lastEndedNanos() - instance.lastBeganNanos()).isNotNegative();
        assertThat(after - instance.lastEndedNanos()).isNotNegative();
      }
    }
  }

  @Test
  void modelWhoseRowsComeAndGo_isRunWithoutPins() {
    try (LoadedModel model = ENGINE.load(Fixtures.onnx("positive"));
        ModelInstance instance = model.newInstance()) {
      for (int i = 0; i < 3; i++) {
        Tensor x = Fixtures.floats("x", Shape.of(4), 1, -2, 3, -4);
        assertThat(run(instance, List.of("y"), x)).containsExactly(1, 3);
        Tensor all = Fixtures.floats("x", Shape.of(2), 5, 6);
        assertThat(run(instance, List.of("y"), all)).containsExactly(5, 6);
        Tensor none = Fixtures.floats("x", Shape.of(2), -5, -6);
        assertThat(run(instance, List.of("y"), none)).isEmpty();
      }
    }
  }
}
