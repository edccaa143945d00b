package io.millrace.server.engine.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.engine.Fixtures;
import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.model.BatchingConfig;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InstancesConfig;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionArtifact;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TorchScriptEngineTest {
  private static final TorchScriptEngine ENGINE = new TorchScriptEngine();

  private static final TensorSpec X = TensorSpec.of("x", DataType.FP32, -1, 2);
  private static final TensorSpec Y = TensorSpec.of("y", DataType.FP32, -1, 2);
  private static final List<TensorSpec> A_AND_B =
      List.of(TensorSpec.of("a", DataType.FP32, -1, 2), TensorSpec.of("b", DataType.FP32, -1, 2));
  private static final List<TensorSpec> SUM_AND_DIFFERENCE =
      List.of(
          TensorSpec.of("sum", DataType.FP32, -1, 2),
          TensorSpec.of("difference", DataType.FP32, -1, 2));
  private static final Tensor ROW = Fixtures.floats("x", Shape.of(1, 2), 1, 2);

  @TempDir Path folder;

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
  void nothingDeclared_isRefusedWithTheLinesToWrite() {
    assertThatThrownBy(() -> ENGINE.load(torch("identity", List.of(), List.of())))
        .satisfies(e -> assertReason(e, Reason.MODEL_LOAD_FAILED))
        .hasMessage(
            """
            a TorchScript file does not tell its inputs and outputs; declare them in config.yaml,\
             such as inputs: [{name: x, dtype: FP32, shape: [-1, 8]}] and, on a line of its own,\
             outputs: [{name: y, dtype: FP32, shape: [-1, 2]}]""");
  }

  @ParameterizedTest
  @EnumSource(names = {"BYTES", "BF16", "INT16", "UINT16", "UINT32", "UINT64"})
  void typeThatPyTorchCannotBeGiven_isRefusedWithThoseItCan(DataType dtype) {
    TensorSpec x = TensorSpec.of("x", dtype, -1);

    assertThatThrownBy(() -> ENGINE.load(torch("identity", List.of(x), List.of(Y))))
        .satisfies(e -> assertReason(e, Reason.MODEL_LOAD_FAILED))
        .hasMessage(
            "the config declares the input %s, but TorchScript models are served with the types"
                    .formatted(x)
                + " [BOOL, UINT8, INT8, INT32, INT64, FP16, FP32, FP64] only");
  }

  @Test
  void moreThreadsThanOne_areRefusedWithTheReason() {
    ModelConfig config =
        new ModelConfig(List.of(X), List.of(Y), new InstancesConfig(1, 2), BatchingConfig.DERIVED);
    VersionArtifact artifact =
        Fixtures.artifact(ModelFormat.TORCHSCRIPT, Fixtures.model("identity.pt"), config);

    assertThatThrownBy(() -> ENGINE.load(artifact))
        .satisfies(e -> assertReason(e, Reason.MODEL_LOAD_FAILED))
        .hasMessageStartingWith("instances.threads is 2, but TorchScript runs on one thread");
  }

  @Test
  void garbage_isRefusedWithoutItsFolder() throws IOException {
    Path file = Files.write(folder.resolve("model.pt"), Fixtures.utf8("hello, world".repeat(50)));
    VersionArtifact artifact =
        Fixtures.artifact(
            ModelFormat.TORCHSCRIPT, file, new ModelConfig(List.of(X), List.of(Y), 0));

    assertThatThrownBy(() -> ENGINE.load(artifact))
        .satisfies(e -> assertReason(e, Reason.MODEL_LOAD_FAILED))
        .hasMessage(
            "PyTorch refused model.pt, which must be a whole file as torch.jit.save writes it: PytorchStreamReader failed reading zip archive: failed"
                + " finding central directory");
  }

  @Test
  void missingFile_isRefusedWithoutItsFolder() {
    VersionArtifact artifact =
        Fixtures.artifact(
            ModelFormat.TORCHSCRIPT,
            folder.resolve("model.pt"),
            new ModelConfig(List.of(X), List.of(Y), 0));

    assertThatThrownBy(() -> ENGINE.load(artifact))
        .satisfies(e -> assertReason(e, Reason.MODEL_LOAD_FAILED))
        .hasMessageNotContaining(folder.toString());
  }

  @Test
  void outputOfAnotherType_isAnEngineErrorWithBoth() {
    TensorSpec y = TensorSpec.of("y", DataType.INT64, -1, 2);

    assertEngineError(
        torch("identity", List.of(X), List.of(y)),
        "the config declares the output 'y' INT64 [-1, 2], but the model returned FP32 [1, 2]");
  }

  @Test
  void outputOfAnotherShape_isAnEngineErrorWithBoth() {
    TensorSpec y = TensorSpec.of("y", DataType.FP32, -1);

    assertEngineError(
        torch("identity", List.of(X), List.of(y)),
        "the config declares the output 'y' FP32 [-1], but the model returned FP32 [1, 2]");
  }

  @Test
  void otherNumberOfOutputs_isAnEngineErrorWithBoth() {
    assertEngineError(
        torch("identity", List.of(X), SUM_AND_DIFFERENCE),
        "the config declares 2 outputs, but the model returned 1");
  }

  @Test
  void outputThatIsNoTensor_isAnEngineError() {
    assertEngineError(
        torch("rows", List.of(X), List.of(Y)),
        "the model returned something other than tensors, or a tuple, list or dictionary of them");
  }

  @Test
  void modelThatFails_isAnEngineErrorThatShowsNothingOfTheEngine() {
    List<Tensor> inputs =
        List.of(
            Fixtures.floats("a", Shape.of(2, 2), 1, 2, 3, 4),
            Fixtures.floats("b", Shape.of(3, 2), 1, 2, 3, 4, 5, 6));

    assertThatThrownBy(() -> run(torch("add-sub", A_AND_B, SUM_AND_DIFFERENCE), inputs, "sum"))
        .satisfies(e -> assertReason(e, Reason.ENGINE_ERROR))
        .hasMessage("the model failed on this input");
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

  private static void assertEngineError(VersionArtifact artifact, String message) {
    String output = artifact.config().outputs().get(0).name();
    assertThatThrownBy(() -> run(artifact, List.of(ROW), output))
        .satisfies(e -> assertReason(e, Reason.ENGINE_ERROR))
        .hasMessage(message);
  }

  private static void assertReason(Throwable e, Reason reason) {
    assertThat(e)
        .isInstanceOfSatisfying(
            ServingException.class, failure -> assertThat(failure.reason()).isEqualTo(reason));
  }

  private static List<Tensor> addSubInputs() {
    return List.of(
        Fixtures.floats("a", Shape.of(1, 2), 10, 20), Fixtures.floats("b", Shape.of(1, 2), 1, 2));
  }

  private static List<Tensor> run(
      VersionArtifact artifact, List<Tensor> inputs, String... outputs) {
    return Fixtures.run(ENGINE, artifact, inputs, List.of(outputs));
  }

  private static VersionArtifact torch(
      String name, List<TensorSpec> inputs, List<TensorSpec> outputs) {
    return Fixtures.artifact(
        ModelFormat.TORCHSCRIPT, Fixtures.model(name + ".pt"), new ModelConfig(inputs, outputs, 0));
  }
}
