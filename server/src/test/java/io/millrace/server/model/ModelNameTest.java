package io.millrace.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ModelNameTest {
  @ParameterizedTest
  @ValueSource(strings = {"iris", "7", "A", "resnet-50.v1_5", "a..b"})
  void lettersDigitsDotsUnderscoresAndHyphens_areAName(String name) {
    assertThat(ModelName.isValid(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ".", "..", ".hidden", "-a", "_a", "a/b", "a\\b", "a b", "a\n", "\na", "ä", "a\0"
      })
  void anythingElse_isNoName(String name) {
    assertThat(ModelName.isValid(name)).isFalse();
  }

  @Test
  void length_endsAt128() {
    assertThat(ModelName.isValid("a".repeat(128))).isTrue();
    assertThat(ModelName.isValid("a".repeat(129))).isFalse();
  }
}
