package io.millrace.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.BytesElements;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The expected texts are those of C's {@code printf("%f")}. */
final class SixDecimalsTest {
  private static String text(double value) {
    try (AnswerRoom room = new AnswerRoom(new AdmissionLimiter(1 << 20), 1 << 20)) {
      ElementsWriter out = new ElementsWriter(room);
      out.begin();
      SixDecimals.write(value, out);
      out.end();
      byte[] element = BytesElements.decode(out.elements(), 1).get(0);
      return new String(element, StandardCharsets.US_ASCII);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0.000000",
    "-0.0, -0.000000",
    "0.5, 0.500000",
    "-3.25, -3.250000",
    "1e-7, 0.000000",
    "-1e-9, -0.000000",
    "5e-7, 0.000000",
    "2.5e-6, 0.000003",
    "1.5e-6, 0.000002",
    "0.0078125, 0.007812",
    "0.0234375, 0.023438",
    "0.1234565, 0.123456",
    "0.1234575, 0.123457",
    "0.9999999, 1.000000",
    "999.9999995, 999.999999",
    "1000.0000005, 1000.000001",
    "123456.7890625, 123456.789062",
    "1e21, 1000000000000000000000.000000",
    "NaN, nan",
    "Infinity, inf",
    "-Infinity, -inf",
  })
  void numbers_areWrittenAsTritonWritesThem(double value, String expected) {
    assertThat(text(value)).isEqualTo(expected);
  }

  @Test
  void quickWay_givesWhatTheExactOneGives() {
    Random random = new Random(11);
    for (int i = 0; i < 100_000; i++) {
      double value = random.nextInt(10) == 0 ? random.nextInt(2_000) / 128.0 : random.nextDouble();
      assertThat(text(value))
          .isEqualTo(new BigDecimal(value).setScale(6, RoundingMode.HALF_EVEN).toPlainString());
    }
  }
}
