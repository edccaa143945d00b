package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

final class LineEncoderTest {
  private static final String HOSTILE = "a\r\n12:00:00.000 ERROR forged\u2028\u001b[31m\"x\"";

  private static String line(LogFormat format, String value, @Nullable Throwable failure) {
    LoggerContext context = new LoggerContext();
    LoggingEvent event =
        new LoggingEvent(
            "x",
            context.getLogger("io.millrace.calls"),
            Level.WARN,
            "call failed " + value,
            failure,
            new Object[0]);
    event.addKeyValuePair(new KeyValuePair("model", value));
    event.addKeyValuePair(new KeyValuePair("rows", 2L));
    return new String(new LineEncoder(format).encode(event), UTF_8);
  }

  @Test
  void text_isForPeople() {
    assertThat(line(LogFormat.TEXT, "iris", null))
        .matches(
            "\\d\\d:\\d\\d:\\d\\d\\.\\d{3} WARN  calls - call failed iris model=iris rows=2\n");
  }

  @Test
  void json_isOneObjectWithItsTypes() {
    JsonObject line = JsonParser.parseString(line(LogFormat.JSON, HOSTILE, null)).getAsJsonObject();

    assertThat(line.get("level").getAsString()).isEqualTo("WARN");
    assertThat(line.get("model").getAsString()).isEqualTo(HOSTILE);
    assertThat(line.get("rows").getAsLong()).isEqualTo(2);
    assertThat(line.get("rows").getAsJsonPrimitive().isNumber()).isTrue();
  }

  @Test
  void hostileText_forgesNoLineAndMovesNoCursor() {
    for (LogFormat format : LogFormat.values()) {
      String line = line(format, HOSTILE, null);
      assertThat(line).endsWith("\n").doesNotContain("\r", "\u2028", "\u001b");
      assertThat(line.lines()).hasSize(1);
    }
  }

  @Test
  void aHostileFailure_forgesNoLineEither() {
    Throwable failure = new IllegalStateException(HOSTILE);

    assertThat(line(LogFormat.JSON, "a", failure).lines()).hasSize(1);
    assertThat(line(LogFormat.TEXT, "a", failure).lines().skip(1))
        .isNotEmpty()
        .allSatisfy(frame -> assertThat(frame).startsWith("    ").doesNotContain("\u001b"));
  }

  @Test
  void aHugeValue_isCut() {
    JsonObject line =
        JsonParser.parseString(line(LogFormat.JSON, "x".repeat(100_000), null)).getAsJsonObject();
    assertThat(line.get("model").getAsString()).hasSizeLessThan(2_000);
  }
}
