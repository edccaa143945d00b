package io.millrace.server.engine.djl;

import static io.millrace.server.engine.djl.TorchScriptModels.A_AND_B;
import static io.millrace.server.engine.djl.TorchScriptModels.ENGINE;
import static io.millrace.server.engine.djl.TorchScriptModels.ROW;
import static io.millrace.server.engine.djl.TorchScriptModels.SUM_AND_DIFFERENCE;
import static io.millrace.server.engine.djl.TorchScriptModels.X;
import static io.millrace.server.engine.djl.TorchScriptModels.Y;
import static io.millrace.server.engine.djl.TorchScriptModels.addSubInputs;
import static io.millrace.server.engine.djl.TorchScriptModels.run;
import static io.millrace.server.engine.djl.TorchScriptModels.torch;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.engine.Fixtures;
import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionArtifact;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What TorchScript models answer, in each form in which they give it. */
final class TorchScriptEngineTest {
  @BeforeAll
  static void needPyTorch() {
    Fixtures.assumePyTorch();
  }

  @ParameterizedTest
  @EnumSource(names = {"BOOL", "UINT8", "INT8", "INT32", "INT64", "FP16", "FP32", "FP64"})
  void identity_keepsEveryBit(DataType dtype) {
    ByteBuffer patterns = ByteBuffer.allocate(2 * 8);
    for (int i = 0; i < patterns.capacity(); i++) {
      patterns.put(i, (byte) (dtype == DataType.BOOL ? i % 2 : 251 * i));
    }
    Shape shape = Shape.of(patterns.capacity() / dtype.byteSize());
    Tensor x = new Tensor("x", dtype, shape, patterns);
    VersionArtifact artifact =
        torch(
            "identity",
            List.of(TensorSpec.of("x", dtype, -1)),
            List.of(TensorSpec.of("y", dtype, -1)));

    assertThat(run(artifact, List.of(x), "y"))
        .containsExactly(new Tensor("y", dtype, shape, patterns));
  }

  @ParameterizedTest
  @ValueSource(strings = {"add-sub", "add-sub-list", "add-sub-dictionary"})
  void tupleListAndDictionary_giveTheDeclaredOutputs(String model) {
    List<Tensor> outputs =
        run(torch(model, A_AND_B, SUM_AND_DIFFERENCE), addSubInputs(), "difference", "sum");

    assertThat(outputs)
        .containsExactly(
            Fixtures.floats("difference", Shape.of(1, 2), 9, 18),
            Fixtures.floats("sum", Shape.of(1, 2), 11, 22));
  }

  @Test
  void instance_tellsWhenTheModelRan() {
    try (LoadedModel model = ENGINE.load(torch("identity", List.of(X), List.of(Y)));
        ModelInstance instance = model.newInstance()) {
      long before = System.nanoTime();
      Fixtures.run(instance, List.of(ROW), List.of("y"));
      long after = System.nanoTime();

      assertThat(instance.lastBeganNanos() - before).isNotNegative();
      assertThat(instance.lastEndedNanos() - instance.lastBeganNanos()).isNotNegative();
      assertThat(after - instance.lastEndedNanos()).isNotNegative();
    }
  }

  @Test
  void oneRequestedOutput_comesAlone() {
    assertThat(run(torch("add-sub", A_AND_B, SUM_AND_DIFFERENCE), addSubInputs(), "difference"))
        .containsExactly(Fixtures.floats("difference", Shape.of(1, 2), 9, 18));
  }

  @Test
  void viewThatIsNotRowMajor_comesOutRowMajor() {
    Tensor x = Fixtures.floats("x", Shape.of(3, 2), 1, 2, 3, 4, 5, 6);
    TensorSpec y = TensorSpec.of("y", DataType.FP32, 2, -1);

    assertThat(run(torch("transpose", List.of(X), List.of(y)), List.of(x), "y"))
        .containsExactly(Fixtures.floats("y", Shape.of(2, 3), 1, 3, 5, 2, 4, 6));
  }

  @Test
  void scalarOutput_hasRankZero() {
    TensorSpec y = TensorSpec.of("y", DataType.FP32);

    assertThat(run(torch("scalar", List.of(X), List.of(y)), List.of(ROW), "y"))
        .containsExactly(Fixtures.floats("y", Shape.of(), 3));
  }

  @Test
  void emptyBatch_keepsItsOtherSizes() {
    Tensor x = Fixtures.floats("x", Shape.of(0, 2));

    assertThat(run(torch("identity", List.of(X), List.of(Y)), List.of(x), "y"))
        .containsExactly(Fixtures.floats("y", Shape.of(0, 2)));
  }

  @Test
  void fileSavedInTrainingMode_runsInInferenceMode() {
    float[] ones = new float[200];
    Arrays.fill(ones, 1);
    Tensor x = Fixtures.floats("x", Shape.of(100, 2), ones);

    Tensor y = run(torch("dropout", List.of(X), List.of(Y)), List.of(x), "y").get(0);

    assertThat(Fixtures.floatsOf(y)).containsOnly(1);
  }

  @Test
  void eightInstancesOfOneModel_agreeWithOne() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (LoadedModel model = ENGINE.load(torch("add-sub", A_AND_B, SUM_AND_DIFFERENCE))) {
      List<Float> alone = sums(model);
      List<Callable<List<Float>>> workers =
          IntStream.range(0, 8).<Callable<List<Float>>>mapToObj(i -> () -> sums(model)).toList();
      for (Future<List<Float>> answer : threads.invokeAll(workers)) {
        assertThat(answer.get()).isEqualTo(alone);
      }
    } finally {
      threads.shutdown();
    }
  }

  private static List<Float> sums(LoadedModel model) {
    List<Float> sums = new ArrayList<>();
    try (ModelInstance instance = model.newInstance()) {
      for (int i = 0; i < 200; i++) {
        Tensor a = Fixtures.floats("a", Shape.of(1, 2), i, 0);
        Tensor b = Fixtures.floats("b", Shape.of(1, 2), 1, 0);
        Tensor sum = Fixtures.run(instance, List.of(a, b), List.of("sum")).get(0);
        sums.add(Fixtures.floatsOf(sum)[0]);
      }
    }
    return sums;
  }
}
