package io.millrace.server.engine.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BindingTextTest {
  private static final HexFormat HEX = HexFormat.of();

  @ParameterizedTest
  @ValueSource(strings = {"", "plain", "naïve €", "日本語", "\uFFFF", "\u0001"})
  void textOfUpToThreeBytesACharacter_isCarried(String text) {
    assertThat(BindingText.carried(text.getBytes(StandardCharsets.UTF_8))).hasValue(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"00", "6100", "f09f9880", "80", "c3", "c080", "e08080", "eda080", "ff"})
  void nulFourByteCharactersAndInvalidBytes_areNotCarried(String hex) {
    assertThat(BindingText.carried(HEX.parseHex(hex))).isEmpty();
  }

  @Test
  void asRead_takesEveryCharacterForItself() {
    assertThat(hex(BindingText.asRead("aé€\uD800"))).isEqualTo("61c3a9e282aceda080");
  }

  @Test
  void withFourByteCharacters_joinsWhatLooksLikeOne() {
    assertThat(hex(BindingText.withFourByteCharacters("a\u00F0\u009F\u0098\u0080é")))
        .isEqualTo("61f09f9880c3a9");
  }

  @Test
  void withFourByteCharacters_leavesAnUnfinishedOneAlone() {
    assertThat(hex(BindingText.withFourByteCharacters("\u00F0\u009F\u0098")))
        .isEqualTo("c3b0c29fc298");
  }

  @Test
  void withStrayBytes_takesHighCharactersForBytes() {
    assertThat(hex(BindingText.withStrayBytes("a\u0080ÿ€"))).isEqualTo("6180ffe282ac");
  }

  private static String hex(byte[] bytes) {
    return HEX.formatHex(bytes);
  }
}
