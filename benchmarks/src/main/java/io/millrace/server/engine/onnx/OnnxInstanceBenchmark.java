package io.millrace.server.engine.onnx;

import ai.onnxruntime.OrtException;
import io.millrace.benchmarks.RawModel;
import io.millrace.server.engine.EngineSettings;
import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.engine.RunInput;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionArtifact;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One row through a model: by ONNX Runtime alone, and by the server's own instance. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class OnnxInstanceBenchmark {
  /** The models that are small enough for the difference to be seen. */
  @Param({"linear", "mlp"})
  public String model = "";

  private @Nullable LoadedModel loaded;
  private @Nullable ModelInstance instance;
  private @Nullable RawModel raw;
  private List<RunInput> inputs = List.of();

  /** Opens the model twice. */
  @Setup
  public void open() throws IOException, OrtException {
    Path models = Path.of(System.getProperty("millrace.models", "target/models"));
    Path file = models.resolve(model).resolve("1/model.onnx");
    int width = model.equals("linear") ? 3 : 64;
    ByteBuffer values =
        ByteBuffer.allocateDirect(width * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    inputs = List.of(RunInput.of(new Tensor("x", DataType.FP32, Shape.of(1, width), values)));
    Path cache = Files.createDirectories(models.resolveSibling("natives"));
    EngineSettings.apply(cache);
    VersionArtifact artifact =
        new VersionArtifact(
            new ModelVersionId(model, 1), ModelFormat.ONNX, file, ModelConfig.DERIVED, "");
    // The engine first: DJL must make the environment.
    loaded = new OnnxEngine(cache).load(artifact);
    instance = loaded.newInstance();
    raw = RawModel.open(file, values, 1, width);
  }

  /** ONNX Runtime alone. */
  @Benchmark
  public void raw() throws OrtException {
    if (raw != null) {
      raw.run();
    }
  }

  /** As the server runs it. */
  @Benchmark
  public @Nullable List<Tensor> instance() {
    return instance == null ? null : instance.run(inputs, List.of("y"));
  }

  /** Frees the memory. */
  @TearDown
  public void close() throws OrtException {
    if (raw != null) {
      raw.close();
    }
    if (instance != null) {
      instance.close();
    }
    if (loaded != null) {
      loaded.close();
    }
  }
}
