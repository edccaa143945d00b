package io.millrace.server.image;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.server.model.ImagePlan;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;

/** What becomes of a file by a plan. */
final class Decoded {
  private static final ImageDecoder DECODER = new ImageDecoder(64 << 20);

  private Decoded() {}

  static Tensor tensor(ByteBuffer file, ImagePlan plan) {
    try (Decoding decoding = DECODER.begin(() -> {})) {
      return decoding.decode("body", file, plan);
    }
  }

  /** Of a plan of bytes. */
  static int[] samples(ByteBuffer file, ImagePlan plan) {
    Tensor tensor = tensor(file, plan);
    int[] samples = new int[tensor.byteCount()];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = tensor.data().get(i) & 0xFF;
    }
    return samples;
  }

  static ServingException refusal(ByteBuffer file, ImagePlan plan) {
    return catchThrowableOfType(ServingException.class, () -> tensor(file, plan));
  }
}
