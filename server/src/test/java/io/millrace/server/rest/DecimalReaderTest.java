package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the JDK's own reading, which is exact. */
final class DecimalReaderTest {
  private static final JsonFactory FACTORY = new JsonFactory();
  private static final int NUMBERS = 100_000;

  /** A parser at the number; it keeps what it was first asked for, so each is asked once. */
  private static JsonParser at(String text) throws IOException {
    JsonParser json = FACTORY.createParser(text);
    json.nextToken();
    return json;
  }

  private static void assertExact(String text) throws IOException {
    assertThat(Float.floatToRawIntBits(DecimalReader.readFloat(at(text))))
        .as(text)
        .isEqualTo(Float.floatToRawIntBits(Float.parseFloat(text)));
    assertThat(Double.doubleToRawLongBits(DecimalReader.readDouble(at(text))))
        .as(text)
        .isEqualTo(Double.doubleToRawLongBits(Double.parseDouble(text)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0",
        "-0.0",
        "1.5",
        "-1.5",
        "0.1",
        "123456.789",
        "1e3",
        "1.0e-45",
        "1.4e-45",
        "3.5e38",
        "1.7976931348623157e308",
        "9007199254740993.0",
        "0.00000000000000001",
        "12345678901234567.8",
        "0.30000001192092896",
        "16777217.0",
        "7",
        "-7",
        "33554433.0",
        "99999999999999999.9"
      })
  void numbers_areReadExactly(String text) throws IOException {
    assertExact(text);
  }

  @Test
  void randomNumbers_areReadExactly() throws IOException {
    Random random = new Random(3);
    for (int i = 0; i < NUMBERS; i++) {
      assertExact(Float.toString(random.nextFloat() * (random.nextBoolean() ? 1 : -1_000)));
      String digits = Long.toString(Math.abs(random.nextLong() % 100_000_000_000_000_000L));
      int point = random.nextInt(digits.length());
      assertExact(
          (point == 0 ? "0" : digits.substring(0, point).replaceFirst("^0+(?=.)", ""))
              + "."
              + digits.substring(point));
    }
  }

  /** Where a double in between would lead to the wrong one of two floats. */
  @Test
  void numbersInTheMiddleOfTwoFloatsAndBesideIt_areReadExactly() throws IOException {
    Random random = new Random(5);
    for (int i = 0; i < NUMBERS / 10; i++) {
      float one = random.nextFloat();
      BigDecimal middle =
          new BigDecimal(one).add(new BigDecimal(Math.nextUp(one))).divide(BigDecimal.valueOf(2));
      String text = middle.toPlainString();
      assertExact(text);
      assertExact(text.substring(0, Math.min(text.length(), 17)));
      assertExact(text + "1");
    }
  }
}
