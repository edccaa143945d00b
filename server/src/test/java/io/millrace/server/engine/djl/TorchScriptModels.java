package io.millrace.server.engine.djl;

import io.millrace.server.engine.Fixtures;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionArtifact;
import java.util.List;

/** The small TorchScript models of the tests, with what a config.yaml declares of them. */
final class TorchScriptModels {
  static final TorchScriptEngine ENGINE = new TorchScriptEngine();
  static final TensorSpec X = TensorSpec.of("x", DataType.FP32, -1, 2);
  static final TensorSpec Y = TensorSpec.of("y", DataType.FP32, -1, 2);
  static final List<TensorSpec> A_AND_B =
      List.of(TensorSpec.of("a", DataType.FP32, -1, 2), TensorSpec.of("b", DataType.FP32, -1, 2));
  static final List<TensorSpec> SUM_AND_DIFFERENCE =
      List.of(
          TensorSpec.of("sum", DataType.FP32, -1, 2),
          TensorSpec.of("difference", DataType.FP32, -1, 2));
  static final Tensor ROW = Fixtures.floats("x", Shape.of(1, 2), 1, 2);

  private TorchScriptModels() {}

  static VersionArtifact torch(String name, List<TensorSpec> inputs, List<TensorSpec> outputs) {
    return Fixtures.artifact(
        ModelFormat.TORCHSCRIPT, Fixtures.model(name + ".pt"), new ModelConfig(inputs, outputs, 0));
  }

  static List<Tensor> run(VersionArtifact artifact, List<Tensor> inputs, String... outputs) {
    return Fixtures.run(ENGINE, artifact, inputs, List.of(outputs));
  }

  static List<Tensor> addSubInputs() {
    return List.of(
        Fixtures.floats("a", Shape.of(1, 2), 10, 20), Fixtures.floats("b", Shape.of(1, 2), 1, 2));
  }
}
