package io.millrace.server.batching;

import io.millrace.server.engine.ModelInstance;
import io.millrace.server.engine.RunInput;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs an instance on zeros before callers do, because a framework's first calls are many times
 * slower than the rest.
 *
 * <p>Open sizes are set to 1. Where only the first dimension is open, as for a batch, a failure
 * means that no call can succeed and is passed on; where others are open, 1 was a guess and a
 * failure says nothing.
 */
final class WarmUp {
  private static final Logger log = LoggerFactory.getLogger(WarmUp.class);

  /** A profiling executor such as libtorch's needs two calls before it optimises. */
  private static final int RUNS = 3;

  /** A slow model is warm after one run, and its start should not take three. */
  private static final long ENOUGH_NANOS = 500_000_000;

  /**
   * Zeros beyond this are not worth the memory: the model is not small, and 1 is only a guess for
   * its sizes.
   */
  private static final long MAX_BYTES = 64L << 20;

  private WarmUp() {}

  /**
   * @throws ServingException if the model cannot answer a request of its own signature
   */
  static void run(ModelInstance instance, Signature signature) {
    List<String> outputs = signature.outputs().stream().map(TensorSpec::name).toList();
    try {
      List<RunInput> zeros =
          signature.inputs().stream().map(WarmUp::zeros).map(RunInput::of).toList();
      long began = System.nanoTime();
      for (int i = 0; i < RUNS && System.nanoTime() - began < ENOUGH_NANOS; i++) {
        instance.run(zeros, outputs);
      }
    } catch (ServingException e) {
      if (signature.inputs().stream().noneMatch(WarmUp::isGuessed)) {
        throw e;
      }
      log.debug("not warmed up: the model refuses sizes of 1", e);
    }
  }

  private static boolean isGuessed(TensorSpec spec) {
    return Arrays.stream(spec.shape().toArray()).skip(1).anyMatch(size -> size == Shape.ANY)
        || bytesOfRow(spec) > MAX_BYTES;
  }

  private static Tensor zeros(TensorSpec spec) {
    Shape shape = ones(spec);
    if (bytes(spec.dtype(), shape) > MAX_BYTES) {
      throw ServingException.refusal(Reason.MESSAGE_TOO_LARGE, spec + " is too large for zeros");
    }
    // Four zero bytes are an empty string, so zeros are right for BYTES as well.
    return new Tensor(
        spec.name(), spec.dtype(), shape, ByteBuffer.allocate((int) bytes(spec.dtype(), shape)));
  }

  /** The least that one row takes. */
  static long bytesOfRow(TensorSpec spec) {
    return bytes(spec.dtype(), ones(spec));
  }

  private static Shape ones(TensorSpec spec) {
    return Shape.of(
        Arrays.stream(spec.shape().toArray()).map(size -> size == Shape.ANY ? 1 : size).toArray());
  }

  private static long bytes(DataType dtype, Shape shape) {
    long elements = shape.elements().orElse(Long.MAX_VALUE);
    int each = dtype.isFixedSize() ? dtype.byteSize() : Integer.BYTES;
    return Math.min(elements, Long.MAX_VALUE / Long.BYTES) * each;
  }
}
