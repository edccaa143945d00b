package io.millrace.server.engine.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.server.engine.Fixtures;
import io.millrace.server.engine.LoadedModel;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionArtifact;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxLoadTest {
  private static final OnnxEngine ENGINE = new OnnxEngine(Fixtures.CACHE);

  @TempDir Path folder;

  @Test
  void file_tellsNamesTypesShapesAndDimensionNames() {
    Signature signature = signature(Fixtures.onnx("constant-version-2"));

    List<String> rows = List.of("batch", "");
    assertThat(signature.inputs())
        .containsExactly(new TensorSpec("x", DataType.FP32, Shape.of(-1, 2), rows));
    assertThat(signature.outputs())
        .containsExactly(
            new TensorSpec("y", DataType.FP32, Shape.of(-1, 2), rows),
            new TensorSpec("version", DataType.INT64, Shape.of(-1), List.of("batch")));
  }

  @Test
  void unsignedTypes_areToldAsUnsigned() {
    assertThat(signature(Fixtures.onnx("identity-uint64")).inputs().get(0).dtype())
        .isEqualTo(DataType.UINT64);
  }

  @Test
  void declaredSizes_narrowTheFiles() {
    TensorSpec three = TensorSpec.of("a", DataType.FP32, -1, 3);
    TensorSpec alsoThree = TensorSpec.of("b", DataType.FP32, -1, 3);

    Signature signature = signature(declaring("add-sub", List.of(alsoThree, three), List.of()));

    assertThat(signature.inputs())
        .extracting(TensorSpec::name, TensorSpec::shape, TensorSpec::dimensionNames)
        .containsExactly(
            tuple("a", Shape.of(-1, 3), List.of("batch", "n")),
            tuple("b", Shape.of(-1, 3), List.of("batch", "n")));
  }

  @Test
  void fileTellsItsSignature_unlessTheConfigNarrowsIt() {
    TensorSpec asInFile = TensorSpec.of("x", DataType.FP32, -1, 2);
    TensorSpec narrower = TensorSpec.of("x", DataType.FP32, 3, 2);

    assertThat(tellsSignature(Fixtures.onnx("constant-version-2"))).isTrue();
    assertThat(tellsSignature(declaring("constant-version-2", List.of(asInFile), List.of())))
        .isTrue();
    assertThat(tellsSignature(declaring("constant-version-2", List.of(narrower), List.of())))
        .isFalse();
  }

  private static boolean tellsSignature(VersionArtifact artifact) {
    try (LoadedModel model = ENGINE.load(artifact)) {
      return model.tellsSignature();
    }
  }

  @Test
  void declaredNameThatTheFileLacks_isRefusedWithBoth() {
    assertRefused(
        declaring("scalar", List.of(TensorSpec.of("z", DataType.FP32)), List.of()),
        "the config declares the inputs ['z' FP32 []], but the model file has ['x' FP32 []]");
  }

  @Test
  void declaredTypeOtherThanTheFiles_isRefusedWithBoth() {
    assertRefused(
        declaring("identity-fp32", List.of(), List.of(TensorSpec.of("y", DataType.INT64, -1))),
        "the config declares the output 'y' INT64 [-1], but the model file has 'y' FP32 [-1]");
  }

  @Test
  void declaredSizeThatTheFileExcludes_isRefusedWithBoth() {
    assertRefused(
        declaring(
            "constant-version-1", List.of(TensorSpec.of("x", DataType.FP32, -1, 3)), List.of()),
        "the config declares the input 'x' FP32 [-1, 3], but the model file has 'x' FP32 [-1, 2]");
  }

  @Test
  void mapOutput_isRefusedWithAWayOut() {
    assertRefused(
        Fixtures.onnx("zipmap"),
        "output 'probabilities' is no tensor but a sequence or map; export the model so that it"
            + " gives plain tensors (skl2onnx: options={'zipmap': False})");
  }

  @Test
  void typeThatCannotTravel_isRefusedByName() {
    assertRefused(
        Fixtures.onnx("identity-float8"),
        "input 'x' has the element type FLOAT8E4M3FN, which cannot be served; cast it in the"
            + " model");
  }

  @Test
  void garbage_isRefused() throws IOException {
    assertRefused(
        file(Fixtures.utf8("hello, world".repeat(9))),
        "ONNX Runtime refused model.onnx, which must be a whole ONNX file: Protobuf parsing failed.");
  }

  @Test
  void truncatedFile_isRefused() throws IOException {
    byte[] whole = Files.readAllBytes(Fixtures.model("add-sub.onnx"));

    assertRefused(
        file(Arrays.copyOf(whole, whole.length / 2)),
        "ONNX Runtime refused model.onnx, which must be a whole ONNX file: Protobuf parsing failed.");
  }

  /** What is cut off at the end must be nothing that the model needs, or the file is refused. */
  @ParameterizedTest
  @ValueSource(strings = {"add-sub", "constant-version-1", "label", "split"})
  void fileCutAtAHundredOffsets_isRefusedOrIsTheSameModel(String name) throws IOException {
    byte[] whole = Files.readAllBytes(Fixtures.model(name + ".onnx"));
    Signature signature = signature(Fixtures.onnx(name));
    for (int i = 0; i < 100; i++) {
      byte[] cut = Arrays.copyOf(whole, (int) ((long) whole.length * i / 100));
      try {
        assertThat(signature(file(cut))).as("%d bytes", cut.length).isEqualTo(signature);
      } catch (ServingException e) {
        assertThat(e.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED);
      }
    }
  }

  @Test
  void emptyFile_isRefused() throws IOException {
    assertRefused(
        file(new byte[0]),
        "ONNX Runtime refused model.onnx, which must be a whole ONNX file: ModelProto does not have a graph.");
  }

  @Test
  void missingFile_isRefusedWithoutItsFolder() {
    assertThatThrownBy(() -> ENGINE.load(artifact(folder.resolve("none.onnx"))))
        .hasMessageContaining("File doesn't exist")
        .hasMessageNotContaining(folder.toString());
  }

  @Test
  void weightsBesideTheModel_areRead() {
    VersionArtifact artifact = Fixtures.onnx("external-data");

    var outputs =
        Fixtures.run(
            ENGINE, artifact, List.of(Fixtures.floats("x", Shape.of(1, 3), 1, 1, 1)), List.of("y"));

    assertThat(Fixtures.floatsOf(outputs.get(0))).containsExactly(2, 3, 4);
  }

  @Test
  void weightsOutsideTheModelsFolder_areRefused() throws IOException {
    Path inner = Files.createDirectory(folder.resolve("1"));
    Files.copy(Fixtures.model("external-data.bin"), folder.resolve("external-data.bin"));
    Path model = Files.copy(Fixtures.model("external-escape.onnx"), inner.resolve("model.onnx"));

    assertThatThrownBy(() -> ENGINE.load(artifact(model)))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED))
        .hasMessageContaining("External data path escapes model directory")
        .hasMessageNotContaining(folder.toString());
  }

  @Test
  void weightsBehindALinkOutOfTheFolder_areRefused() throws IOException {
    Path inner = Files.createDirectory(folder.resolve("1"));
    Path outside =
        Files.copy(Fixtures.model("external-data.bin"), folder.resolve("external-data.bin"));
    Path model = Files.copy(Fixtures.model("external-data.onnx"), inner.resolve("model.onnx"));
    Files.createSymbolicLink(inner.resolve("external-data.bin"), outside);

    assertThatThrownBy(() -> ENGINE.load(artifact(model)))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED))
        .hasMessageContaining("escapes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"add-sub", "split", "slow", "zipmap", "external-data"})
  void flippedBits_areRefusedOrLoadAndNothingElse(String name) throws IOException {
    byte[] whole = Files.readAllBytes(Fixtures.model(name + ".onnx"));
    Random random = new Random(20261121);
    for (int i = 0; i < 100; i++) {
      byte[] flipped = whole.clone();
      flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        ENGINE.load(file(flipped)).close();
      } catch (ServingException e) {
        assertThat(e.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED);
      }
    }
  }

  private static Signature signature(VersionArtifact artifact) {
    try (LoadedModel model = ENGINE.load(artifact)) {
      return model.signature();
    }
  }

  private static void assertRefused(VersionArtifact artifact, String message) {
    assertThatThrownBy(() -> ENGINE.load(artifact))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED))
        .hasMessage(message);
  }

  private static VersionArtifact declaring(
      String name, List<TensorSpec> inputs, List<TensorSpec> outputs) {
    return Fixtures.artifact(
        ModelFormat.ONNX, Fixtures.model(name + ".onnx"), new ModelConfig(inputs, outputs, 0));
  }

  private VersionArtifact file(byte[] content) throws IOException {
    return artifact(Files.write(folder.resolve("model.onnx"), content));
  }

  private static VersionArtifact artifact(Path file) {
    return Fixtures.artifact(ModelFormat.ONNX, file, ModelConfig.DERIVED);
  }
}
