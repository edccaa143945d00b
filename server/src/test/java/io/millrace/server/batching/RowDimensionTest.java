package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RowDimensionTest {
  private static final TensorSpec ROWS = TensorSpec.of("x", DataType.FP32, -1, 4);
  private static final TensorSpec FIXED = TensorSpec.of("f", DataType.FP32, 1, 4);
  private static final TensorSpec SCALAR = TensorSpec.of("s", DataType.FP32);

  private static boolean isShared(List<TensorSpec> inputs, List<TensorSpec> outputs) {
    return RowDimension.isSharedBy(new Signature(inputs, outputs));
  }

  private static TensorSpec named(String name) {
    return new TensorSpec("n", DataType.FP32, Shape.of(-1, 4), List.of(name, ""));
  }

  @Test
  void openFirstDimensionsThroughout_areRows() {
    assertThat(isShared(List.of(ROWS, ROWS), List.of(ROWS))).isTrue();
    assertThat(isShared(List.of(named("batch")), List.of(named("batch"), ROWS))).isTrue();
  }

  @Test
  void anyOtherFirstDimension_isNoRow() {
    assertThat(isShared(List.of(ROWS, FIXED), List.of(ROWS))).isFalse();
    assertThat(isShared(List.of(ROWS), List.of(FIXED))).isFalse();
    assertThat(isShared(List.of(ROWS), List.of(SCALAR))).isFalse();
    assertThat(isShared(List.of(), List.of(ROWS))).isFalse();
  }

  @Test
  void differentNames_areDifferentDimensions() {
    assertThat(isShared(List.of(named("batch"), named("tokens")), List.of(ROWS))).isFalse();
    assertThat(isShared(List.of(named("batch")), List.of(named("found")))).isFalse();
  }
}
