package io.millrace.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Collections;
import org.junit.jupiter.api.Test;

final class ShapeTest {
  private static final long HALF_OF_ALL = 1L << 32;

  @Test
  void elements_areTheProductOfTheSizes() {
    assertThat(Shape.of(2, 3, 4).elements()).hasValue(24);
    assertThat(Shape.of(7).elements()).hasValue(7);
    assertThat(Shape.of(Long.MAX_VALUE).elements()).hasValue(Long.MAX_VALUE);
  }

  @Test
  void scalar_hasOneElement() {
    assertThat(Shape.of().rank()).isZero();
    assertThat(Shape.of().elements()).hasValue(1);
  }

  @Test
  void openSize_leavesTheElementsUnknown() {
    assertThat(Shape.of(Shape.ANY, 4).elements()).isEmpty();
    assertThat(Shape.of(0, Shape.ANY).elements()).isEmpty();
    assertThat(Shape.of(Shape.ANY, 4).isConcrete()).isFalse();
  }

  @Test
  void productBeyondLong_leavesTheElementsUnknown() {
    assertThat(Shape.of(HALF_OF_ALL, HALF_OF_ALL).elements()).isEmpty();
    assertThat(Shape.of(Long.MAX_VALUE, 2).elements()).isEmpty();
    assertThat(Shape.of(3, Long.MAX_VALUE / 3 + 1).elements()).isEmpty();
    assertThat(Shape.of(HALF_OF_ALL, HALF_OF_ALL / 2 - 1).elements())
        .hasValue(HALF_OF_ALL * (HALF_OF_ALL / 2 - 1));
  }

  @Test
  void zeroAnywhere_beatsOverflow() {
    assertThat(Shape.of(0, Long.MAX_VALUE, Long.MAX_VALUE).elements()).hasValue(0);
    assertThat(Shape.of(Long.MAX_VALUE, Long.MAX_VALUE, 0).elements()).hasValue(0);
  }

  @Test
  void accepts_needsEqualSizesWhereItIsNotOpen() {
    Shape shape = Shape.of(Shape.ANY, 4);
    assertThat(shape.accepts(Shape.of(1, 4))).isTrue();
    assertThat(shape.accepts(Shape.of(0, 4))).isTrue();
    assertThat(shape.accepts(Shape.of(1, 5))).isFalse();
  }

  @Test
  void accepts_needsTheSameRank() {
    assertThat(Shape.of(Shape.ANY).accepts(Shape.of())).isFalse();
    assertThat(Shape.of(Shape.ANY).accepts(Shape.of(1, 1))).isFalse();
    assertThat(Shape.of().accepts(Shape.of())).isTrue();
  }

  @Test
  void sizeBelowAny_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.of(3, -2))
        .withMessageContaining("-2");
  }

  @Test
  void rank_isCapped() {
    assertThat(Shape.of(new long[Shape.MAX_RANK]).rank()).isEqualTo(Shape.MAX_RANK);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.of(new long[Shape.MAX_RANK + 1]))
        .withMessageContaining("17");
  }

  @Test
  void sizes_areCopiedInAndOut() {
    long[] sizes = {2, 3};
    Shape shape = Shape.of(sizes);
    sizes[0] = 9;
    shape.toArray()[1] = 9;
    assertThat(shape).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
    assertThat(shape.size(1)).isEqualTo(3);
    assertThat(shape).isNotEqualTo(Shape.of(3, 2)).hasToString("[2, 3]");
  }

  @Test
  void spec_hasOneDimensionNameForEachDimension() {
    TensorSpec spec = TensorSpec.of("x", DataType.FP32, -1, 4);
    assertThat(spec.dimensionNames()).containsExactly("", "");
    assertThat(spec).hasToString("'x' FP32 [-1, 4]");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new TensorSpec("x", DataType.FP32, Shape.of(1), Collections.nCopies(2, "n")))
        .withMessage("'x' has 1 dimensions but 2 names for them");
  }
}
