package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.batching.BatchProbe.Verdict;
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
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class BatchProbeTest {
  private static final Signature SIGNATURE =
      new Signature(
          List.of(TensorSpec.of("x", DataType.FP32, -1)),
          List.of(TensorSpec.of("y", DataType.FP32, -1)));

  /** A model of numbers, one for each row. */
  private static Verdict verdict(Function<float[], float[]> model) {
    return new BatchProbe(new Numbers(model), SIGNATURE).verdict();
  }

  private record Numbers(Function<float[], float[]> model) implements ModelInstance {
    @Override
    public List<Tensor> run(List<RunInput> inputs, List<String> outputs) {
      float[] x = new float[(int) inputs.get(0).shape().size(0)];
      int at = 0;
      for (Tensor part : inputs.get(0).parts()) {
        for (int i = 0; i < part.elements(); i++) {
          x[at++] = part.data().getFloat(i * Float.BYTES);
        }
      }
      float[] y = model.apply(x);
      ByteBuffer data = ByteBuffer.allocate(y.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      data.asFloatBuffer().put(y);
      return List.of(new Tensor("y", DataType.FP32, Shape.of(y.length), data));
    }

    @Override
    public void close() {}
  }

  private static void burn(long micros) {
    long end = System.nanoTime() + micros * 1_000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }

  @Test
  void modelWhoseRunsCostTheSameForAnyRows_pays() {
    assertThat(
            verdict(
                x -> {
                  burn(200);
                  return x;
                }))
        .isEqualTo(Verdict.PAYS);
  }

  @Test
  void modelWhoseRowsCostMoreTogether_doesNotPay() {
    assertThat(
            verdict(
                x -> {
                  burn(200L * x.length * x.length);
                  return x;
                }))
        .isEqualTo(Verdict.DOES_NOT_PAY);
  }

  @Test
  void modelThatMixesRows_isFound() {
    assertThat(
            verdict(
                x -> {
                  float sum = 0;
                  for (float value : x) {
                    sum += value;
                  }
                  float[] y = new float[x.length];
                  java.util.Arrays.fill(y, sum);
                  return y;
                }))
        .isEqualTo(Verdict.IS_WRONG);
  }

  @Test
  void modelThatSortsRows_isFound() {
    assertThat(
            verdict(
                x -> {
                  float[] y = x.clone();
                  java.util.Arrays.sort(y);
                  y[0] += y[y.length - 1];
                  return y;
                }))
        .isEqualTo(Verdict.IS_WRONG);
  }

  @Test
  void modelThatGivesOtherRows_isFound() {
    assertThat(verdict(x -> new float[3])).isEqualTo(Verdict.IS_WRONG);
  }

  @Test
  void roundingIsNoDifference() {
    assertThat(
            verdict(
                x -> {
                  burn(200);
                  float[] y = x.clone();
                  for (int i = 0; i < y.length; i++) {
                    y[i] += x.length * 1e-6f;
                  }
                  return y;
                }))
        .isEqualTo(Verdict.PAYS);
  }

  @Test
  void modelThatFailsOnSeveralRows_isFound() {
    assertThat(
            verdict(
                x -> {
                  if (x.length > 1) {
                    throw ServingException.refusal(Reason.ENGINE_ERROR, "one row only");
                  }
                  return x;
                }))
        .isEqualTo(Verdict.FAILS);
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void rowsOfEveryType_areWholeAndDiffer(DataType dtype) {
    TensorSpec spec = TensorSpec.of("x", dtype, -1, 3);

    Tensor first = ProbeRow.of(spec, 0);
    Tensor second = ProbeRow.of(spec, 1);

    assertThat(first.shape()).isEqualTo(Shape.of(1, 3));
    assertThat(first.data()).isNotEqualTo(second.data());
    assertThat(Agreement.of(first, first)).isTrue();
    assertThat(Agreement.of(first, second)).isFalse();
  }
}
