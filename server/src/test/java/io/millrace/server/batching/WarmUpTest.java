package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.server.engine.ModelInstance;
import io.millrace.server.engine.RunInput;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WarmUpTest {
  private final Recorder instance = new Recorder();

  private static Signature taking(DataType dtype, long... shape) {
    return new Signature(
        List.of(TensorSpec.of("x", dtype, shape)),
        List.of(
            TensorSpec.of("label", DataType.INT64, -1),
            TensorSpec.of("scores", DataType.FP32, -1, 3)));
  }

  private void warmUp(DataType dtype, long... shape) {
    WarmUp.run(instance, taking(dtype, shape));
  }

  private Tensor seen() {
    return instance.seen.get(0);
  }

  @Test
  void zeros_haveSizeOneWhereTheModelIsOpen() {
    warmUp(DataType.FP32, -1, 4);
    assertThat(seen()).hasToString("'x' FP32 [1, 4]");
    assertThat(seen().data().getFloat()).isZero();
  }

  @Test
  void fixedAndEmptySizes_areKept() {
    warmUp(DataType.INT16, 2, 0, 3);
    assertThat(seen()).hasToString("'x' INT16 [2, 0, 3]");
  }

  @Test
  void zerosOfBytes_areEmptyStrings() {
    warmUp(DataType.BYTES, -1, 3);
    assertThat(BytesElements.decode(seen().data(), 3)).containsOnly(new byte[0]);
  }

  @Test
  void quickModel_runsThreeTimesForAllItsOutputs() {
    warmUp(DataType.UINT8, -1);
    assertThat(instance.seen).hasSizeBetween(1, 3);
    assertThat(instance.outputs).containsExactly("label", "scores");
  }

  @Test
  void modelThatFailsOnZeros_isRunOnOtherNumbersAndTexts() {
    instance.refuseZeros();
    warmUp(DataType.INT32, -1);
    warmUp(DataType.BYTES, -1);
    assertThat(instance.seen).extracting(Tensor::dtype).contains(DataType.INT32, DataType.BYTES);
    assertThat(instance.answered).isPositive();
  }

  @Test
  void lackOfMemory_isPassedOnAtOnce() {
    instance.refuse(Reason.SERVER_OVERLOADED);
    assertThatExceptionOfType(ServingException.class).isThrownBy(() -> warmUp(DataType.FP32, 2));
    assertThat(instance.runs).isEqualTo(1);
  }

  @Test
  void modelWithoutInputs_runsAsWell() {
    WarmUp.run(instance, new Signature(List.of(), List.of()));
    assertThat(instance.runs).isPositive();
  }

  @Test
  void failureWhereOnlyTheFirstSizeIsOpen_isPassedOn() {
    instance.refuse();
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> warmUp(DataType.FP32, -1, 4));
    assertThatExceptionOfType(ServingException.class).isThrownBy(() -> warmUp(DataType.FP32, 2, 4));
    assertThatExceptionOfType(ServingException.class).isThrownBy(() -> warmUp(DataType.FP32));
  }

  @Test
  void failureWhereAnotherSizeIsOpen_saysNothing() {
    instance.refuse();
    assertThatCode(() -> warmUp(DataType.FP32, -1, -1)).doesNotThrowAnyException();
    assertThatCode(() -> warmUp(DataType.FP32, 1, 3, -1)).doesNotThrowAnyException();
  }

  @Test
  void inputTooLargeForZeros_isNotRun() {
    warmUp(DataType.FP64, -1, 1 << 24);
    assertThat(instance.runs).isZero();
    warmUp(DataType.FP64, -1, 1 << 23);
    assertThat(instance.runs).isPositive();
  }

  @ParameterizedTest
  @ValueSource(longs = {1L << 61, 1L << 62, Long.MAX_VALUE})
  void inputWhoseBytesWrapAround_isNotRun(long size) {
    warmUp(DataType.FP64, size);
    warmUp(DataType.BYTES, -1, size);
    warmUp(DataType.INT8, size, size);
    assertThat(instance.runs).isZero();
  }

  /** Notes what it is given. */
  private static final class Recorder implements ModelInstance {
    private final List<Tensor> seen = new ArrayList<>();
    private List<String> outputs = List.of();
    private Optional<ServingException> refusal = Optional.empty();
    private boolean refusesZeros;
    private int runs;
    private int answered;

    void refuse() {
      refuse(Reason.ENGINE_ERROR);
    }

    void refuse(Reason reason) {
      refusal = Optional.of(ServingException.refusal(reason, "no"));
    }

    void refuseZeros() {
      refuse();
      refusesZeros = true;
    }

    private boolean isZeros(Tensor tensor) {
      ByteBuffer data = tensor.data();
      while (data.hasRemaining()) {
        if (data.get() != 0) {
          return false;
        }
      }
      return true;
    }

    @Override
    public List<Tensor> run(List<RunInput> inputs, List<String> names) {
      runs++;
      inputs.forEach(input -> seen.addAll(input.parts()));
      outputs = names;
      if (refusal.isPresent() && (!refusesZeros || isZeros(inputs.get(0).parts().get(0)))) {
        throw refusal.get();
      }
      answered++;
      return List.of();
    }

    @Override
    public void close() {}
  }
}
