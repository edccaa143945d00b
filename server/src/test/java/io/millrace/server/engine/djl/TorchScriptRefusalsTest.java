package io.millrace.server.engine.djl;

import static io.millrace.server.engine.djl.TorchScriptModels.A_AND_B;
import static io.millrace.server.engine.djl.TorchScriptModels.ENGINE;
import static io.millrace.server.engine.djl.TorchScriptModels.ROW;
import static io.millrace.server.engine.djl.TorchScriptModels.SUM_AND_DIFFERENCE;
import static io.millrace.server.engine.djl.TorchScriptModels.X;
import static io.millrace.server.engine.djl.TorchScriptModels.Y;
import static io.millrace.server.engine.djl.TorchScriptModels.run;
import static io.millrace.server.engine.djl.TorchScriptModels.torch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.engine.Fixtures;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** TorchScript files that are not served, runs that fail, and what is told of both. */
final class TorchScriptRefusalsTest {
  @TempDir Path folder;

  @BeforeAll
  static void needPyTorch() {
    Fixtures.assumePyTorch();
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
}
