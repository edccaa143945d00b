package io.millrace.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files are decoded by Jackson as they come, values by the JDK, which is stricter. */
final class Base64ValueTest {
  private static JsonParser opened(String base64) throws IOException {
    JsonParser json = new JsonFactory().createParser("{\"b64\": \"" + base64 + "\"}");
    json.nextToken();
    Base64Value.open(json, () -> "x");
    return json;
  }

  private static String file(String base64) throws IOException {
    return UTF_8.decode(Base64Value.readFileFromText(opened(base64), () -> "x")).toString();
  }

  @ParameterizedTest
  @CsvSource({"QUI=, AB", "QUI, AB", "QUJD\\nQUI=\\n, ABCAB", "QUI=QQ==, ABA"})
  void aFile_mayBeInPiecesAndLackPadding(String base64, String decoded) throws IOException {
    assertThat(file(base64)).isEqualTo(decoded);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Q", "QQ=", "QQ===", "Q Q=", "Q?==", "QUJDQ"})
  void whatIsNoBase64_isNoFile(String base64) {
    assertThatThrownBy(() -> file(base64)).hasMessage("x: b64 holds text that is no base64");
  }

  @ParameterizedTest
  @ValueSource(strings = {"QUI=QQ==", "QUJD\\nQUI="})
  void aValue_isInOnePiece(String base64) {
    assertThatThrownBy(() -> Base64Value.readFromText(opened(base64), () -> "x"))
        .hasMessage("x: b64 holds text that is no base64");
  }
}
