package io.millrace.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class QuoteTest {
  /** Each pair of surrogates is one character for people. */
  private static final String TROPHY = new String(Character.toChars(0x1F3C6));

  @Test
  void printableText_staysAsItIs() {
    assertThat(Quote.of("iris-2.b_C")).isEqualTo("'iris-2.b_C'");
    assertThat(Quote.of("größe 数 " + TROPHY)).isEqualTo("'größe 数 " + TROPHY + "'");
    assertThat(Quote.of("")).isEqualTo("''");
  }

  @Test
  void lineBreaks_areEscaped() {
    assertThat(Quote.of("a\r\nINFO all is well")).isEqualTo("'a\\u{d}\\u{a}INFO all is well'");
    assertThat(Quote.of("a" + Character.toString(0x2028))).isEqualTo("'a\\u{2028}'");
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        0x0,
        0x1b,
        0x7f,
        0x85,
        0x9b, // control
        0x200b,
        0x202e,
        0x2066,
        0xfeff, // invisible or turning the direction of writing
        0x2028,
        0x2029, // line ends of Unicode
        0xe000,
        0x378 // without a meaning of their own
      })
  void unprintable_isEscapedByItsNumber(int c) {
    assertThat(Quote.of("a" + Character.toString(c) + "b"))
        .isEqualTo("'a\\u{" + Integer.toHexString(c) + "}b'");
  }

  @Test
  void loneSurrogates_areEscaped() {
    assertThat(Quote.of("\ud83c")).isEqualTo("'\\u{d83c}'");
    assertThat(Quote.of("\udfc6\ud83c")).isEqualTo("'\\u{dfc6}\\u{d83c}'");
  }

  @Test
  void longText_isCutAt128Characters() {
    assertThat(Quote.of("a".repeat(128))).isEqualTo("'" + "a".repeat(128) + "'");
    assertThat(Quote.of("a".repeat(129))).isEqualTo("'" + "a".repeat(128) + "...'");
  }

  @Test
  void cut_neverSplitsASurrogatePair() {
    assertThat(Quote.of(TROPHY.repeat(128))).isEqualTo("'" + TROPHY.repeat(128) + "'");
    assertThat(Quote.of("a" + TROPHY.repeat(128))).isEqualTo("'a" + TROPHY.repeat(127) + "...'");
  }
}
