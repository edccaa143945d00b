package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.DataType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which whole numbers a type takes. */
final class LongRangeTest {
  @ParameterizedTest
  @CsvSource({
    "BOOL, 0, 1",
    "INT8, -128, 127",
    "UINT8, 0, 255",
    "INT16, -32768, 32767",
    "UINT16, 0, 65535",
    "FP16, 0, 65535",
    "BF16, 0, 65535",
    "INT32, -2147483648, 2147483647",
    "UINT32, 0, 4294967295",
    "INT64, -9223372036854775808, 9223372036854775807",
    "UINT64, 0, 9223372036854775807"
  })
  void aRange_isWhatTypeAndLongBothHold(DataType dtype, long least, long most) {
    LongRange range = LongRange.of(dtype);

    assertThat(range).isEqualTo(new LongRange(least, most)).hasToString(least + " to " + most);
    assertThat(range.holds(least)).isTrue();
    assertThat(range.holds(most)).isTrue();
    assertThat(range.holds(0)).isTrue();
    assertThat(least > Long.MIN_VALUE && range.holds(least - 1)).isFalse();
    assertThat(most < Long.MAX_VALUE && range.holds(most + 1)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "INT8, -128, 255",
    "UINT8, -128, 255",
    "INT16, -32768, 65535",
    "UINT16, -32768, 65535",
    "FP16, -32768, 65535",
    "INT32, -2147483648, 4294967295",
    "UINT64, -9223372036854775808, 9223372036854775807"
  })
  void bits_areTheSameWithASignAndWithoutOne(DataType dtype, long least, long most) {
    assertThat(LongRange.ofBits(dtype)).isEqualTo(new LongRange(least, most));
  }
}
