package io.millrace.server.engine;

import io.millrace.server.engine.djl.TorchScriptEngine;
import io.millrace.server.engine.onnx.OnnxEngine;
import io.millrace.server.model.BatchingConfig;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InstancesConfig;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionArtifact;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A process of its own: runs one model with each engine named and writes what came out. */
final class EngineProbe {
  private EngineProbe() {}

  /**
   * Does what the words say, in their order.
   *
   * @param args the cache directory, then {@code onnx}, {@code torch}, {@code threads} and {@code
   *     halt} in any order
   */
  public static void main(String[] args) {
    Path cache = Path.of(args[0]);
    EngineSettings.apply(cache);
    for (String word : Arrays.asList(args).subList(1, args.length)) {
      switch (word) {
        case "onnx" -> print("onnx", new OnnxEngine(cache), ModelConfig.DERIVED, ModelFormat.ONNX);
        case "torch" ->
            print("torch", new TorchScriptEngine(), declared(), ModelFormat.TORCHSCRIPT);
        case "threads" -> System.out.println("probe: threads " + threadsOfTwoModels(cache));
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

  /** How many threads the first of two models with several each brings, and the second. */
  private static String threadsOfTwoModels(Path cache) {
    OnnxEngine engine = new OnnxEngine(cache);
    VersionArtifact artifact =
        Fixtures.artifact(
            ModelFormat.ONNX,
            Fixtures.model("add-sub.onnx"),
            new ModelConfig(
                List.of(), List.of(), new InstancesConfig(1, 2), BatchingConfig.DERIVED));
    int before = namelessThreads();
    LoadedModel one = engine.load(artifact);
    int between = namelessThreads();
    LoadedModel other = engine.load(artifact);
    int after = namelessThreads();
    one.close();
    other.close();
    return "%d, %d more".formatted(between - before, after - between);
  }

  /** Those that no Java thread is behind: ONNX Runtime's have the name of who made them. */
  private static int namelessThreads() {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      String own = Files.readString(Path.of("/proc/thread-self/comm"));
      return (int) tasks.filter(task -> comm(task).equals(own)).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A thread may end meanwhile. */
  private static String comm(Path task) {
    try {
      return Files.readString(task.resolve("comm"));
    } catch (IOException e) {
      return "";
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
