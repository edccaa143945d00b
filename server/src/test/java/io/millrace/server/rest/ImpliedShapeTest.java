package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.Shape;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ImpliedShapeTest {
  private static Shape shape(String sizes) {
    return Shape.of(
        Arrays.stream(sizes.split(" "))
            .filter(size -> !size.isEmpty())
            .mapToLong(Long::parseLong)
            .toArray());
  }

  @ParameterizedTest
  @CsvSource({
    "'', 1, ''",
    "3, 3, 3",
    "0 4, 0, 0 4",
    "-1 4, 12, 3 4",
    "-1 4, 0, 0 4",
    "2 -1 3, 12, 2 2 3",
    "-1 -1, 6, 1 6",
    "-1 -1 3, 6, 1 2 3",
    "-1 -1 -1, 1, 1 1 1",
    "-1 1 -1 -1, 1, 1 1 1 1",
  })
  void oneOpenSizeTakesAllValues_beforeTheBatch(String taken, long elements, String shape) {
    assertThat(ImpliedShape.of(shape(taken), elements)).contains(shape(shape));
  }

  @ParameterizedTest
  @CsvSource({
    "'', 2",
    "3, 4",
    "0, 1",
    "-1 4, 6",
    "-1 0, 3",
    "-1 -1 -1, 6",
    "2 -1 -1, 8",
    "-1 -1 -1, 0",
  })
  void valuesThatMakeNoShape_orSeveral_makeNone(String taken, long elements) {
    assertThat(ImpliedShape.of(shape(taken), elements)).isEmpty();
  }
}
