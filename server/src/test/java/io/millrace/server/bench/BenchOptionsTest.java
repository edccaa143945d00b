package io.millrace.server.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.config.ConfigException;
import io.millrace.server.config.ConfigReader;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BenchOptionsTest {
  @Test
  void nothingGiven_isAShortClosedLoopByPredict() {
    BenchOptions options = options(Map.of());

    assertThat(options.protocol()).isEqualTo(Protocol.PREDICT);
    assertThat(options.address()).isEqualTo("127.0.0.1:8001");
    assertThat(options.plan().loads()).containsExactly(new ClosedLoop(1), new ClosedLoop(16));
    assertThat(options.plan().limit()).isEqualTo(Limit.of(Duration.ofSeconds(10)));
    assertThat(options.randomInputs().rows()).isEqualTo(1);
  }

  @Test
  void rates_makeOpenLoops() {
    BenchOptions options =
        options(Map.of("rate", "100,2.5", "arrivals", "poisson", "max-in-flight", "7"));

    assertThat(options.plan().loads())
        .containsExactly(
            new OpenLoop(100, Arrivals.POISSON, 7), new OpenLoop(2.5, Arrivals.POISSON, 7));
  }

  @Test
  void rest_hasEnvoysPort() {
    assertThat(options(Map.of("protocol", "rest-infer")).address()).isEqualTo("127.0.0.1:8000");
  }

  @Test
  void shapes_areReadByName() {
    assertThat(options(Map.of("shape", "image=8x3,a=b=1")).randomInputs().shapes())
        .isEqualTo(Map.of("image", List.of(8L, 3L), "a=b", List.of(1L)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          concurrency | 0
          concurrency | 1,,2
          concurrency | 1;2
          rate        | 0
          rate        | -5
          rate        | 1e9
          shape       | x
          shape       | x=
          shape       | x=2,x=3
          shape       | x=-1
          server      | localhost
          server      | http://localhost:80
          rows        | 0
          deadline    | 10
          protocol    | http
          """)
  void aValueThatMakesNoSense_isRefusedByItsFlag(String flag, String value) {
    assertThatThrownBy(() -> options(Map.of(flag, value)))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("command line: --" + flag + " is '" + value + "'; allowed: ")
        .hasMessageNotContaining("\n");
  }

  @Test
  void flagsThatContradict_areRefused() {
    assertThatThrownBy(() -> options(Map.of("rate", "5", "concurrency", "5")))
        .hasMessageContaining("--rate or --concurrency, not both");
    assertThatThrownBy(() -> options(Map.of("input", "file.json", "rows", "5")))
        .hasMessageContaining("--input, which has its shapes");
  }

  @Test
  void models_areANameAndPerhapsAVersion() {
    assertThat(ModelChoice.parse("digits")).contains(new ModelChoice("digits", 0));
    assertThat(ModelChoice.parse("digits/12")).contains(new ModelChoice("digits", 12));
    assertThat(List.of("", "a b", "digits/", "digits/0", "digits/x", "a/b/1"))
        .allSatisfy(text -> assertThat(ModelChoice.parse(text)).isEmpty());
  }

  private static BenchOptions options(Map<String, String> flags) {
    ConfigReader reader = ConfigReader.of(flags, Map.of());
    BenchOptions options = BenchOptions.from(reader);
    reader.finish();
    return options;
  }
}
