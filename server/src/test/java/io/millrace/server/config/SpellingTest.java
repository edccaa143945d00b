package io.millrace.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SpellingTest {
  private static final List<String> NAMES =
      List.of("engine", "inputs", "instances", "version_policy");

  @ParameterizedTest
  @CsvSource({
    "engin, engine",
    "enigne, engine",
    "Engine, engine",
    "input, inputs",
    "instnaces, instances",
    "version-policy, version_policy",
    "versionpolicy, version_policy"
  })
  void nearMiss_findsTheName(String word, String name) {
    assertThat(Spelling.nearest(word, NAMES)).contains(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "outputs_of", "policy", "e"})
  void farMiss_findsNothing(String word) {
    assertThat(Spelling.nearest(word, NAMES)).isEmpty();
  }

  @Test
  void hugeWord_isNotCompared() {
    assertThat(Spelling.remedy("x".repeat(1 << 20), NAMES))
        .isEqualTo("allowed: engine, inputs, instances, version_policy");
  }
}
