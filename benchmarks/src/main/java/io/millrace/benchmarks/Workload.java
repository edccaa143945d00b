package io.millrace.benchmarks;

import com.google.protobuf.ByteString;
import io.millrace.server.bench.Inputs;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * A model with the size of its input, and how many callers ask for it. make_models.py makes the
 * models; each takes {@code x} and gives {@code y}.
 */
@SuppressWarnings("ImmutableEnumChecker") // The list is immutable and the array never handed out.
enum Workload {
  LINEAR("linear", List.of(1, 64), 1, 3),
  MLP("mlp", List.of(1, 64), 1, 64),
  CNN("cnn", List.of(1, 16), 1, 3, 224, 224),
  IDENTITY_1K("identity", List.of(1, 64), 1, 1 << 8),
  IDENTITY_64K("identity", List.of(1, 16), 1, 1 << 14),
  IDENTITY_1M("identity", List.of(1, 16), 1, 1 << 18),
  IDENTITY_4M("identity", List.of(1, 4), 1, 1 << 20),

  /** About 10 ms a row, for the stress suites. */
  SLOW("slow", List.of(1, 16), 1, 1, 32, 32),

  /** What an image takes, for the stress suites. */
  IDENTITY_600K("identity", List.of(1, 16), 1, 150_528);

  private static final long SEED = 11;

  private final String model;
  private final List<Integer> concurrency;
  private final long[] shape;

  Workload(String model, List<Integer> concurrency, long... shape) {
    this.model = model;
    this.concurrency = concurrency;
    this.shape = shape;
  }

  String model() {
    return model;
  }

  List<Integer> concurrency() {
    return concurrency;
  }

  long[] shape() {
    return shape.clone();
  }

  /** As it is written on the command line: {@code identity-1k}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What {@code benchmarks/run} measures. */
  static List<Workload> measured() {
    return List.of(LINEAR, MLP, CNN, IDENTITY_1K, IDENTITY_64K, IDENTITY_1M, IDENTITY_4M);
  }

  /** The same values for all who compute them: from 0 to 1, little-endian. */
  ByteBuffer inputValues() {
    return inputValues(SEED);
  }

  /** Other values for each seed. */
  ByteBuffer inputValues(long seed) {
    int elements = Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    ByteBuffer values =
        ByteBuffer.allocateDirect(elements * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    SplittableRandom random = new SplittableRandom(seed);
    while (values.hasRemaining()) {
      values.putFloat(random.nextFloat());
    }
    return values.flip();
  }

  Inputs inputs() {
    return new Inputs.Given(List.of(request(SEED)));
  }

  /** A Predict of this model with the values of a seed. */
  PredictRequest request(long seed) {
    List<Long> sizes = new ArrayList<>();
    Arrays.stream(shape).forEach(sizes::add);
    Tensor tensor =
        Tensor.newBuilder()
            .setName(RawModel.INPUT)
            .setDtype(DataType.DT_FP32)
            .addAllShape(sizes)
            .setRaw(ByteString.copyFrom(inputValues(seed)))
            .build();
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName(model))
        .addInputs(tensor)
        .build();
  }
}
