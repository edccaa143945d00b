package io.millrace.benchmarks;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/**
 * A model on ONNX Runtime alone, in the fastest way that its Java API knows: one thread, input and
 * output pinned and used again. Confined to one thread.
 */
public final class RawModel implements AutoCloseable {
  static final String INPUT = "x";
  static final String OUTPUT = "y";

  private final OrtSession session;
  private final OnnxTensor input;
  private final ByteBuffer output;
  private final OnnxTensor pinned;

  private RawModel(OrtSession session, OnnxTensor input, ByteBuffer output, OnnxTensor pinned) {
    this.session = session;
    this.input = input;
    this.output = output;
    this.pinned = pinned;
  }

  /** What the model of a workload gives. */
  static float[] answer(Path repository, Workload workload) throws OrtException {
    try (RawModel model = open(repository, workload)) {
      model.run();
      return model.answer();
    }
  }

  /** Opens the model of a workload in a folder of models. */
  static RawModel open(Path repository, Workload workload) throws OrtException {
    return open(repository, workload, workload.inputValues());
  }

  /** Opens the model of a workload for other values. */
  static RawModel open(Path repository, Workload workload, ByteBuffer values) throws OrtException {
    Path file = repository.resolve(workload.model()).resolve("1/model.onnx");
    return open(file, values, workload.shape());
  }

  /** Opens a model for one input of {@code x}. */
  public static RawModel open(Path file, ByteBuffer values, long... shape) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (SessionOptions options = new SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      OrtSession session = environment.createSession(file.toString(), options);
      OnnxTensor input = OnnxTensor.createTensor(environment, values, shape, OnnxJavaType.FLOAT);
      long[] outputShape = outputShape(session, input);
      long elements = Arrays.stream(outputShape).reduce(1, Math::multiplyExact);
      ByteBuffer output =
          ByteBuffer.allocateDirect(Math.toIntExact(elements * Float.BYTES))
              .order(ByteOrder.nativeOrder());
      OnnxTensor pinned =
          OnnxTensor.createTensor(environment, output, outputShape, OnnxJavaType.FLOAT);
      return new RawModel(session, input, output, pinned);
    }
  }

  private static long[] outputShape(OrtSession session, OnnxTensor input) throws OrtException {
    try (OrtSession.Result result = session.run(Map.of(INPUT, input))) {
      return ((TensorInfo) result.get(0).getInfo()).getShape();
    }
  }

  /** Runs the model once. */
  public void run() throws OrtException {
    session.run(Map.of(INPUT, input), Set.of(), Map.of(OUTPUT, pinned)).close();
  }

  /** What the last run gave. */
  float[] answer() {
    float[] values = new float[output.capacity() / Float.BYTES];
    output.asFloatBuffer().get(values);
    return values;
  }

  @Override
  public void close() throws OrtException {
    pinned.close();
    input.close();
    session.close();
  }
}
