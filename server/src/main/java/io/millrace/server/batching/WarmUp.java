package io.millrace.server.batching;

import io.millrace.server.engine.ModelInstance;
import io.millrace.server.engine.RunInput;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Sample;
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
 * Runs an instance before callers do, because a framework's first calls are many times slower than
 * the rest: on samples that it has answered, or else on zeros.
 *
 * <p>Open sizes are set to 1. Where only the first dimension is open, as for a batch, a failure is
 * passed on; where others are open, 1 was a guess and a failure says nothing.
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
   * Runs it on zeros; where those fail, on small numbers and short texts.
   *
   * @throws ServingException as the zeros brought it, if the model takes neither
   */
  static void run(ModelInstance instance, Signature signature) {
    try {
      run(instance, signature, signature.inputs().stream().map(WarmUp::zeros).toList());
    } catch (ServingException e) {
      if (signature.inputs().stream().anyMatch(WarmUp::isGuessed)) {
        log.debug("not warmed up: the model refuses sizes of 1", e);
      } else if (e.reason() != Reason.ENGINE_ERROR || !runsOnOthers(instance, signature)) {
        throw e;
      }
    }
  }

  /** Sizes and indexes from 1 on do where 0 does not. */
  private static boolean runsOnOthers(ModelInstance instance, Signature signature) {
    try {
      run(
          instance,
          signature,
          signature.inputs().stream().map(spec -> ProbeRow.of(spec, 1)).toList());
      return true;
    } catch (ServingException e) {
      return false;
    }
  }

  /**
   * Runs it on the first of the samples until it is warm.
   *
   * @param answered what it has run once each, since {@code began}
   */
  static void goOn(ModelInstance instance, Signature signature, List<Sample> answered, long began) {
    repeat(instance, signature, answered.get(0).inputs(), new Worth(RUNS - answered.size(), began));
  }

  /** How often to run, unless all has taken long enough. */
  private record Worth(int runs, long began) {
    boolean another(int done) {
      return done < runs && System.nanoTime() - began < ENOUGH_NANOS;
    }
  }

  private static void run(ModelInstance instance, Signature signature, List<Tensor> inputs) {
    repeat(instance, signature, inputs, new Worth(RUNS, System.nanoTime()));
  }

  private static void repeat(
      ModelInstance instance, Signature signature, List<Tensor> inputs, Worth worth) {
    List<String> outputs = signature.outputs().stream().map(TensorSpec::name).toList();
    List<RunInput> given = inputs.stream().map(RunInput::of).toList();
    for (int i = 0; worth.another(i); i++) {
      instance.run(given, outputs);
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
