package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecimalTextTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0.0",
    "-0.0, -0.0",
    "1, 1.0",
    "0.1, 0.1",
    "-2.5, -2.5",
    "100, 100.0",
    "999999, 999999.0",
    "9000000, 9e+06",
    "1435774380, 1.43577434e+09",
    "16777217, 16777216.0",
    "0.0001, 0.0001",
    "0.00003, 3e-05",
    "1e-7, 1e-07",
    "1e10, 1e+10",
    "555557.5, 555557.5",
    "1e-45, 1.4013e-45",
    "3.4028235e38, 3.40282347e+38",
    "0.123456789, 0.123456791",
    "NaN, NaN",
    "Infinity, Infinity",
    "-Infinity, -Infinity",
    "0.99999994, 0.99999994"
  })
  void aFloat_isWrittenAsTheReferenceDoes(float value, String text) {
    assertThat(DecimalText.of(value)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0.0",
    "0.662, 0.662",
    "0.12345678901234568, 0.12345678901234568",
    "1e300, 1e+300",
    "4.9e-324, 4.94066e-324",
    "1.7976931348623157e308, 1.7976931348623157e+308",
    "9007199254740993, 9007199254740992.0",
    "1e17, 1e+17",
    "123456789012345678, 1.2345678901234568e+17"
  })
  void aDouble_isWrittenAsTheReferenceDoes(double value, String text) {
    assertThat(DecimalText.of(value)).isEqualTo(text);
  }

  @Test
  void everyFloat_readsBackAndHasTheExactDigits() {
    Random random = new Random(4);
    for (int i = 0; i < 200_000; i++) {
      float value =
          i % 2 == 0 ? Float.intBitsToFloat(random.nextInt()) : (float) random.nextGaussian();
      if (!Float.isFinite(value) || value == 0) {
        continue;
      }
      String text = DecimalText.of(value);
      assertThat(Float.parseFloat(text)).isEqualTo(value);
      BigDecimal written = new BigDecimal(text);
      int digits = written.stripTrailingZeros().precision() <= 6 ? 6 : 9;
      assertThat(written)
          .isEqualByComparingTo(
              new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN)));
    }
  }

  @Test
  void everyDouble_readsBack() {
    Random random = new Random(5);
    for (int i = 0; i < 50_000; i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(value)) {
        assertThat(Double.parseDouble(DecimalText.of(value))).isEqualTo(value);
      }
    }
  }
}
