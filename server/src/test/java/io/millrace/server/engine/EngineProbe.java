package io.millrace.server.engine;

import io.millrace.server.engine.djl.TorchScriptEngine;
import io.millrace.server.engine.onnx.OnnxEngine;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** A process of its own: runs one model with each engine named and writes what came out. */
final class EngineProbe {
  private EngineProbe() {}

  /**
   * Does what the words say, in their order.
   *
   * @param args the cache directory, then {@code onnx}, {@code torch} and {@code halt} in any order
   */
  public static void main(String[] args) {
    Path cache = Path.of(args[0]);
    EngineSettings.apply(cache);
    for (String word : Arrays.asList(args).subList(1, args.length)) {
      switch (word) {
        case "onnx" -> print("onnx", new OnnxEngine(cache), ModelConfig.DERIVED, ModelFormat.ONNX);
        case "torch" ->
            print("torch", new TorchScriptEngine(), declared(), ModelFormat.TORCHSCRIPT);
        case "halt" -> Runtime.getRuntime().halt(0);
        default -> throw new IllegalArgumentException(word);
      }
    }
  }

  private static void print(String word, Engine engine, ModelConfig config, ModelFormat format) {
    Path file = Fixtures.model(format == ModelFormat.ONNX ? "add-sub.onnx" : "add-sub.pt");
    List<Tensor> inputs =
        List.of(
            Fixtures.floats("a", Shape.of(1, 2), 10, 20),
            Fixtures.floats("b", Shape.of(1, 2), 1, 2));
    try {
      Tensor sum =
          Fixtures.run(engine, Fixtures.artifact(format, file, config), inputs, List.of("sum"))
              .get(0);
      System.out.println("probe: " + word + " " + Arrays.toString(Fixtures.floatsOf(sum)));
    } catch (ServingException e) {
      System.out.println("probe: " + word + " " + e.reason() + " " + e.getMessage());
    }
  }

  private static ModelConfig declared() {
    return new ModelConfig(
        List.of(spec("a"), spec("b")), List.of(spec("sum"), spec("difference")), 0);
  }

  private static TensorSpec spec(String name) {
    return TensorSpec.of(name, DataType.FP32, -1, 2);
  }
}
