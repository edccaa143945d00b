package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.millrace.openinference.InferTensorContents;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferInputTensor;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.Tensor;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Ten thousand random faults; what their callers read holds nothing of the server's inside. */
class ErrorTextTest {
  private static final InferenceDoor.Patience PATIENCE = new InferenceDoor.Patience(0, () -> false);

  private final Random random = new Random(20261101);
  private final StatusMapper mapper = new StatusMapper(new AtomicLong()::incrementAndGet);
  private final Set<Reason> seen = EnumSet.noneOf(Reason.class);

  private boolean chance(int oneIn) {
    return random.nextInt(oneIn) == 0;
  }

  private ByteString bytes() {
    byte[] bytes = new byte[random.nextInt(20)];
    random.nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }

  private long size() {
    return chance(8) ? random.nextLong() : random.nextInt(4);
  }

  private Tensor tensor() {
    Tensor.Builder tensor =
        Tensor.newBuilder().setName(chance(9) ? "" : "x").setDtypeValue(random.nextInt(16));
    for (int i = random.nextInt(chance(20) ? 20 : 3); i > 0; i--) {
      tensor.addShape(size());
    }
    if (chance(2)) {
      tensor.setRaw(bytes());
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      switch (random.nextInt(6)) {
        case 0 -> tensor.addBoolVal(true);
        case 1 -> tensor.addIntVal(random.nextLong());
        case 2 -> tensor.addUintVal(random.nextLong());
        case 3 -> tensor.addFp32Val(random.nextFloat());
        case 4 -> tensor.addFp64Val(random.nextDouble());
        default -> tensor.addBytesVal(bytes());
      }
    }
    return tensor.build();
  }

  private PredictRequest predict() {
    ModelSpec.Builder spec = ModelSpec.newBuilder().setName(chance(20) ? "not a name" : "iris");
    if (chance(20)) {
      spec.setVersion(random.nextInt(3) - 1);
    }
    PredictRequest.Builder request = PredictRequest.newBuilder().setModelSpec(spec);
    for (int i = random.nextInt(chance(20) ? 100 : 3); i > 0; i--) {
      request.addInputs(tensor().toBuilder().setName(chance(4) ? "x" : "x" + i));
    }
    return request.build();
  }

  private ModelInferRequest infer() {
    ModelInferRequest.Builder request =
        ModelInferRequest.newBuilder()
            .setModelName(chance(20) ? "" : "iris")
            .setModelVersion(chance(20) ? "latest" : "");
    String[] types = {"FP32", "INT8", "UINT8", "BOOL", "BYTES", "FP16", "float"};
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      InferInputTensor.Builder input =
          InferInputTensor.newBuilder()
              .setName(chance(9) ? "x" : "x" + i)
              .setDatatype(types[random.nextInt(types.length)])
              .addShape(size());
      if (chance(2)) {
        input.setContents(
            InferTensorContents.newBuilder()
                .addUintContents(random.nextInt())
                .addIntContents(random.nextInt()));
      }
      request.addInputs(input);
      if (chance(2)) {
        request.addRawInputContents(bytes());
      }
    }
    return request.build();
  }

  private void scan(Runnable decoding) {
    try {
      decoding.run();
    } catch (ServingException e) {
      seen.add(e.reason());
      StatusMapper.Outcome outcome = mapper.map(e);
      String text = outcome.status().getDescription() + " " + e.violations();
      assertThat(text).doesNotContain("/", "io.millrace", "java", "Exception", "0x");
      assertThat(outcome.isFailure()).isFalse();
    }
  }

  @Test
  void anyFaultOfARequest_isRefusedInWordsThatTellNothingOfTheServer() {
    for (int i = 0; i < 10_000; i++) {
      scan(() -> new PredictCodec(predict()).decode(PATIENCE));
      scan(() -> new OpenInferenceCodec(infer()).decode(PATIENCE));
    }
    assertThat(seen)
        .contains(
            Reason.REQUEST_MALFORMED,
            Reason.TENSOR_SHAPE_MISMATCH,
            Reason.TENSOR_DTYPE_MISMATCH,
            Reason.TENSOR_SIZE_MISMATCH,
            Reason.TENSOR_DUPLICATE,
            Reason.TOO_MANY_TENSORS,
            Reason.VERSION_NOT_FOUND);
  }
}
