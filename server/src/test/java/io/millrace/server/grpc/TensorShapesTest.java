package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TensorShapesTest {
  private static final BigInteger MAX_BYTES = BigInteger.valueOf(Integer.MAX_VALUE);

  private static Shape decode(DataType dtype, long... sizes) {
    return TensorShapes.decode("inputs[2]", dtype, sizes.length, i -> sizes[i]);
  }

  private static void assertRefused(String field, String text, DataType dtype, long... sizes) {
    assertThatThrownBy(() -> decode(dtype, sizes))
        .isInstanceOfSatisfying(
            ServingException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.TENSOR_SHAPE_MISMATCH);
              assertThat(e.violations().get(0).field()).isEqualTo(field);
              assertThat(e.getMessage()).contains(text);
            });
  }

  @Test
  void aScalarAndAnEmptyTensor_areShapes() {
    assertThat(decode(DataType.FP32)).isEqualTo(Shape.of());
    assertThat(decode(DataType.FP32, 0, Integer.MAX_VALUE)).isEqualTo(Shape.of(0, 2147483647L));
  }

  @Test
  void negativeAndHugeSizes_areRefusedWithTheirPlace() {
    assertRefused("inputs[2].shape[1]", "got -1", DataType.FP32, 4, -1);
    assertRefused("inputs[2].shape[0]", "got -9223372036854775808", DataType.FP32, Long.MIN_VALUE);
    assertRefused("inputs[2].shape[0]", "got 2147483648", DataType.UINT8, 1L << 31);
    assertRefused("inputs[2].shape[0]", "got 4611686018427387904", DataType.BYTES, 1L << 62, 0);
  }

  @Test
  void moreSizesThanAnyEngineTakes_areRefused() {
    assertThat(decode(DataType.FP32, new long[16]).rank()).isEqualTo(16);
    assertRefused("inputs[2].shape", "at most 16 sizes, got 17", DataType.FP32, new long[17]);
  }

  @Test
  void productsThatOverflow_areRefused() {
    assertRefused("inputs[2].shape", "more than one message", DataType.UINT8, 1L << 30, 1L << 30);
    long[] wrapsToZero = {1L << 16, 1L << 16, 1L << 16, 1L << 16};
    assertRefused("inputs[2].shape", "more than one message", DataType.UINT8, wrapsToZero);
    assertRefused("inputs[2].shape", "more than one message", DataType.BYTES, 1L << 30);
  }

  /** A hundred thousand random shapes against arithmetic that cannot overflow. */
  @Test
  void anyShape_isTakenExactlyWhenItsBytesFitOneBuffer() {
    Random random = new Random(20261101);
    List<DataType> dtypes = List.of(DataType.values());
    int taken = 0;
    for (int i = 0; i < 100_000; i++) {
      DataType dtype = dtypes.get(random.nextInt(dtypes.size()));
      long[] sizes = randomSizes(random);
      boolean expected = fits(dtype, sizes);
      boolean actual = isTaken(dtype, sizes);
      assertThat(actual).as("%s %s", dtype, Arrays.toString(sizes)).isEqualTo(expected);
      taken += actual ? 1 : 0;
    }
    assertThat(taken).isBetween(10_000, 90_000);
  }

  private static long[] randomSizes(Random random) {
    long[] sizes = new long[random.nextInt(18)];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] =
          switch (random.nextInt(60)) {
            case 0 -> random.nextLong();
            case 1 -> 0;
            case 2 -> 1L << random.nextInt(63);
            case 3 -> Integer.MAX_VALUE + (long) random.nextInt(3) - 1;
            default -> 1 + random.nextInt(5);
          };
    }
    return sizes;
  }

  private static boolean fits(DataType dtype, long[] sizes) {
    BigInteger bytes = BigInteger.valueOf(dtype.isFixedSize() ? dtype.byteSize() : 4);
    for (long size : sizes) {
      if (size < 0 || size > Integer.MAX_VALUE) {
        return false;
      }
      bytes = bytes.multiply(BigInteger.valueOf(size));
    }
    return sizes.length <= 16 && bytes.compareTo(MAX_BYTES) <= 0;
  }

  private static boolean isTaken(DataType dtype, long[] sizes) {
    try {
      return decode(dtype, sizes).isConcrete();
    } catch (ServingException e) {
      return false;
    }
  }
}
