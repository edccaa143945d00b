package io.millrace.server.grpc;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;

/** From the bytes of a Predict to a call of a model, and from its answer back to bytes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class PredictCodecBenchmark {
  private static final InferenceDoor.Patience PATIENCE = new InferenceDoor.Patience(0, () -> false);

  /** Values of the tensor: linear, mlp, and an image of 224 x 224. */
  @Param({"3", "64", "150528"})
  public int values;

  private byte[] request = {};
  private InferenceResponse response = new InferenceResponse(new ModelVersionId("m", 1), List.of());

  /** Makes a request and an answer of that many values. */
  @Setup
  public void prepare() {
    request =
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName("linear"))
            .addInputs(
                io.millrace.v1.Tensor.newBuilder()
                    .setName("x")
                    .setDtype(io.millrace.v1.DataType.DT_FP32)
                    .addShape(1)
                    .addShape(values)
                    .setRaw(ByteString.copyFrom(new byte[values * Float.BYTES])))
            .build()
            .toByteArray();
    Tensor output =
        new Tensor(
            "y", DataType.FP32, Shape.of(1, values), ByteBuffer.allocate(values * Float.BYTES));
    response = new InferenceResponse(new ModelVersionId("linear", 1), List.of(output));
  }

  /** From bytes to a call. */
  @Benchmark
  public InferenceRequest decode() {
    return PredictReader.read(ByteBuffer.wrap(request)).orElseThrow().decode(PATIENCE);
  }

  /** From an answer to bytes. */
  @Benchmark
  public byte[] encode() throws IOException {
    return PredictReply.of("", response).readAllBytes();
  }
}
