package io.millrace.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.math.BigInteger;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which classes are the highest, in which order. */
final class TopClassesTest {
  /** A class and its score. */
  private record Scored(int index, Number score) {}

  private static List<Integer> indices(Tensor output, int most) {
    return IntStream.of(new TopClasses(output, false, most).row(0)).boxed().toList();
  }

  private static List<Scored> row(TopClasses top, long row) {
    return IntStream.of(top.row(row))
        .mapToObj(index -> new Scored(index, top.score(row, index)))
        .toList();
  }

  @Test
  void highestClass_comesFirst() {
    Tensor output = Numbers.floats(Shape.of(4), 0.1f, 0.6f, -0.3f, 0.2f);

    assertThat(row(new TopClasses(output, false, 3), 0))
        .containsExactly(new Scored(1, 0.6f), new Scored(3, 0.2f), new Scored(0, 0.1f));
  }

  @Test
  void equalScores_comeByTheirIndex() {
    assertThat(indices(Numbers.floats(Shape.of(6), 1, 2, 1, 2, 1, 0), 4))
        .containsExactly(1, 3, 0, 2);
    assertThat(indices(Numbers.floats(Shape.of(3), -0f, 0f, -0f), 3)).containsExactly(0, 1, 2);
  }

  @Test
  void notANumber_comesLast() {
    float nan = Float.NaN;

    assertThat(
            indices(
                Numbers.floats(
                    Shape.of(5), nan, Float.NEGATIVE_INFINITY, 1, nan, Float.POSITIVE_INFINITY),
                5))
        .containsExactly(4, 2, 1, 0, 3);
    assertThat(indices(Numbers.floats(Shape.of(2), nan, -5), 1)).containsExactly(1);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 3", "4, 3", "2147483647, 3"})
  void moreClassesThanThereAre_areAllOfThem(int most, int expected) {
    TopClasses top = new TopClasses(Numbers.floats(Shape.of(3), 1, 2, 3), false, most);

    assertThat(top.perRow()).isEqualTo(expected);
    assertThat(top.row(0)).hasSize(expected);
  }

  @Test
  void rows_areToldOneByOne() {
    TopClasses top = new TopClasses(Numbers.floats(Shape.of(2, 3), 1, 2, 3, 6, 5, 4), true, 1);

    assertThat(top.rows()).isEqualTo(2);
    assertThat(row(top, 0)).containsExactly(new Scored(2, 3f));
    assertThat(row(top, 1)).containsExactly(new Scored(0, 6f));
  }

  @Test
  void otherDimensions_countAsClassesTogether() {
    Tensor output = Numbers.floats(Shape.of(2, 2, 2), 1, 2, 3, 4, 8, 7, 6, 5);

    assertThat(row(new TopClasses(output, true, 1), 0)).containsExactly(new Scored(3, 4f));
    assertThat(row(new TopClasses(output, true, 1), 1)).containsExactly(new Scored(0, 8f));
    assertThat(row(new TopClasses(output, false, 1), 0)).containsExactly(new Scored(4, 8f));
  }

  @Test
  void rowsOfOneNumber_haveOneClassEach() {
    TopClasses top = new TopClasses(Numbers.floats(Shape.of(2), 7, 8), true, 5);

    assertThat(top.perRow()).isEqualTo(1);
    assertThat(row(top, 1)).containsExactly(new Scored(0, 8f));
  }

  @Test
  void rowsOneAfterTheOther_leaveNothingOfTheOneBefore() {
    TopClasses top = new TopClasses(Numbers.floats(Shape.of(3, 2), 9, 8, 1, 2, 5, 5), true, 2);

    assertThat(row(top, 0)).containsExactly(new Scored(0, 9f), new Scored(1, 8f));
    assertThat(row(top, 1)).containsExactly(new Scored(1, 2f), new Scored(0, 1f));
    assertThat(row(top, 2)).containsExactly(new Scored(0, 5f), new Scored(1, 5f));
    assertThat(row(top, 0)).containsExactly(new Scored(0, 9f), new Scored(1, 8f));
  }

  @Test
  void outputWithoutRowsOrClasses_hasNone() {
    TopClasses noRows = new TopClasses(Numbers.floats(Shape.of(0, 3)), true, 2);
    assertThat(noRows.rows()).isZero();
    assertThat(noRows.perRow()).isEqualTo(2);

    TopClasses noClasses = new TopClasses(Numbers.floats(Shape.of(2, 0)), true, 2);
    assertThat(noClasses.perRow()).isZero();
    assertThat(row(noClasses, 1)).isEmpty();

    long most = Long.MAX_VALUE;
    assertThat(new TopClasses(Numbers.floats(Shape.of(0, most, most)), true, 2).perRow())
        .isEqualTo(2);
    assertThat(new TopClasses(Numbers.floats(Shape.of(0, most)), true, Integer.MAX_VALUE).perRow())
        .isEqualTo(Integer.MAX_VALUE);
  }

  /** Three scores, the highest of which is the last, and then the first. */
  record Typed(Tensor output, Number highest, Number second) {
    @Override
    public String toString() {
      return output.dtype().name();
    }
  }

  static List<Typed> everyTypeOfNumbers() {
    return List.of(
        new Typed(Numbers.bits(DataType.INT8, -1, -128, 127), 127L, -1L),
        new Typed(Numbers.bits(DataType.UINT8, 127, 0, 255), 255L, 127L),
        new Typed(Numbers.bits(DataType.INT16, -1, -32_768, 32_767), 32_767L, -1L),
        new Typed(Numbers.bits(DataType.UINT16, 32_767, 0, 65_535), 65_535L, 32_767L),
        new Typed(
            Numbers.bits(DataType.INT32, -1, Integer.MIN_VALUE, Integer.MAX_VALUE),
            (long) Integer.MAX_VALUE,
            -1L),
        new Typed(
            Numbers.bits(DataType.UINT32, Integer.MAX_VALUE, 0, -1),
            4_294_967_295L,
            (long) Integer.MAX_VALUE),
        new Typed(
            Numbers.bits(DataType.INT64, Long.MAX_VALUE - 1, Long.MIN_VALUE, Long.MAX_VALUE),
            Long.MAX_VALUE,
            Long.MAX_VALUE - 1),
        new Typed(
            Numbers.bits(DataType.UINT64, Long.MAX_VALUE, 0, -1),
            new BigInteger("18446744073709551615"),
            BigInteger.valueOf(Long.MAX_VALUE)),
        // 1.5, -2 and 65504; then a subnormal, 0 and infinity.
        new Typed(Numbers.bits(DataType.FP16, 0x3E00, 0xC000, 0x7BFF), 65_504f, 1.5f),
        new Typed(
            Numbers.bits(DataType.FP16, 0x0001, 0x0000, 0x7C00), Float.POSITIVE_INFINITY, 0x1p-24f),
        new Typed(Numbers.bits(DataType.FP16, 0xFC00, 0x7E00, 0x8001), -0x1p-24f, -1f / 0f),
        new Typed(Numbers.bits(DataType.BF16, 0x3FC0, 0xC000, 0x4000), 2f, 1.5f),
        new Typed(Numbers.floats(Shape.of(3), -1, -2, Float.MAX_VALUE), Float.MAX_VALUE, -1f),
        new Typed(Numbers.doubles(-1, -1.0000000000000002, 0), 0.0, -1.0));
  }

  @ParameterizedTest
  @MethodSource("everyTypeOfNumbers")
  void scores_areComparedAndToldExactly(Typed typed) {
    assertThat(row(new TopClasses(typed.output(), false, 2), 0))
        .containsExactly(new Scored(2, typed.highest()), new Scored(0, typed.second()));
  }

  @Test
  void anyScores_areInTheOrderOfASort() {
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      float[] scores = new float[1 + random.nextInt(50)];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = random.nextInt(20) - 10;
      }
      int most = 1 + random.nextInt(60);
      List<Integer> sorted =
          IntStream.range(0, scores.length)
              .boxed()
              .sorted(Comparator.comparing(i -> -scores[i]))
              .limit(most)
              .toList();

      assertThat(indices(Numbers.floats(Shape.of(scores.length), scores), most))
          .as("the highest %d of %s", most, scores)
          .isEqualTo(sorted);
    }
  }
}
