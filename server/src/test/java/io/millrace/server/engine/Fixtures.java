package io.millrace.server.engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionArtifact;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The models of {@code src/test/models}, and short ways to make and read tensors. */
public final class Fixtures {
  /** Survives from build to build: PyTorch unpacks half a gigabyte into it. */
  public static final Path CACHE = Path.of("target", "engine-cache").toAbsolutePath();

  private static final Path MODELS = Path.of("src", "test", "models").toAbsolutePath();

  static {
    EngineSettings.apply(CACHE);
  }

  private Fixtures() {}

  public static Path model(String fileName) {
    return MODELS.resolve(fileName);
  }

  public static VersionArtifact onnx(String name) {
    return artifact(ModelFormat.ONNX, model(name + ".onnx"), ModelConfig.DERIVED);
  }

  public static VersionArtifact artifact(ModelFormat format, Path file, ModelConfig config) {
    return new VersionArtifact(new ModelVersionId("fixture", 1), format, file, config, "");
  }

  /** Skips the test where the build left PyTorch out. */
  public static void assumePyTorch() {
    assumeTrue(
        Fixtures.class.getResource("/native/lib/pytorch.properties") != null, "without PyTorch");
  }

  public static Tensor floats(String name, Shape shape, float... values) {
    ByteBuffer data = littleEndian(values.length * Float.BYTES);
    for (float value : values) {
      data.putFloat(value);
    }
    return new Tensor(name, DataType.FP32, shape, data.flip());
  }

  public static Tensor longs(String name, Shape shape, long... values) {
    ByteBuffer data = littleEndian(values.length * Long.BYTES);
    for (long value : values) {
      data.putLong(value);
    }
    return new Tensor(name, DataType.INT64, shape, data.flip());
  }

  public static Tensor strings(String name, Shape shape, byte[]... elements) {
    return new Tensor(name, DataType.BYTES, shape, BytesElements.encode(List.of(elements)));
  }

  public static Tensor strings(String name, String... elements) {
    return strings(
        name,
        Shape.of(elements.length),
        Stream.of(elements).map(Fixtures::utf8).toArray(byte[][]::new));
  }

  public static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  public static float[] floatsOf(Tensor tensor) {
    float[] values = new float[(int) tensor.elements()];
    tensor.data().asFloatBuffer().get(values);
    return values;
  }

  public static long[] longsOf(Tensor tensor) {
    long[] values = new long[(int) tensor.elements()];
    tensor.data().asLongBuffer().get(values);
    return values;
  }

  public static List<byte[]> stringsOf(Tensor tensor) {
    return BytesElements.decode(tensor.data(), tensor.elements());
  }

  /** Loads, runs once on this thread, closes. */
  public static List<Tensor> run(
      Engine engine, VersionArtifact artifact, List<Tensor> inputs, List<String> outputs) {
    try (LoadedModel model = engine.load(artifact);
        ModelInstance instance = model.newInstance()) {
      return run(instance, inputs, outputs);
    }
  }

  /** Runs one request. */
  public static List<Tensor> run(
      ModelInstance instance, List<Tensor> inputs, List<String> outputs) {
    return instance.run(inputs.stream().map(RunInput::of).toList(), outputs);
  }

  private static ByteBuffer littleEndian(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
