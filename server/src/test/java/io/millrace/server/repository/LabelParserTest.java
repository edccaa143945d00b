package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.Problem;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LabelParserTest {
  private static final String FILE = "iris/labels.txt";

  private static List<String> names(String text) {
    LabelFile file = LabelParser.parse(FILE, text.getBytes(StandardCharsets.UTF_8));
    assertThat(file).isInstanceOf(LabelFile.Good.class);
    return ((LabelFile.Good) file).labels().names();
  }

  private static Problem problem(byte[] content) {
    LabelFile file = LabelParser.parse(FILE, content);
    assertThat(file).isInstanceOf(LabelFile.Bad.class);
    return ((LabelFile.Bad) file).problem();
  }

  private static Problem problem(String text) {
    return problem(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "setosa\nversicolor",
        "setosa\nversicolor\n",
        "setosa\r\nversicolor\r\n\r\n",
        "\uFEFFsetosa\nversicolor\n",
        " setosa \nversicolor\t\n \n",
      })
  void eachLine_isAName(String text) {
    assertThat(names(text)).containsExactly("setosa", "versicolor");
  }

  @Test
  void names_areAnyText() {
    assertThat(names("tench, Tinca tinca\n\u00E9cureuil\n\uD83D\uDC31\n7:30\n"))
        .containsExactly("tench, Tinca tinca", "\u00E9cureuil", "\uD83D\uDC31", "7:30");
    assertThat(names("crane\ncrane\n")).containsExactly("crane", "crane");
  }

  @Test
  void emptyLineInBetween_leavesItsClassWithoutAName() {
    assertThat(names("setosa\n\nvirginica\n")).containsExactly("setosa", "", "virginica");
  }

  @Test
  void emptyFile_namesNothing() {
    assertThat(names("")).isEmpty();
    assertThat(names("\n \n")).isEmpty();
  }

  @Test
  void otherEncodings_areRefused() {
    assertThat(problem("\u00E9cureuil".getBytes(StandardCharsets.ISO_8859_1)).toString())
        .isEqualTo(
            "iris/labels.txt: is no UTF-8 text; save it as UTF-8 text, the name of one class on"
                + " each line");
    assertThat(problem("setosa".getBytes(StandardCharsets.UTF_16)).fault())
        .isEqualTo("is no UTF-8 text");
    assertThat(problem("a\ncat".getBytes(StandardCharsets.UTF_16LE)).toString())
        .startsWith("iris/labels.txt:1: holds the control character U+0000; ");
  }

  @Test
  void nameThatIsTooLong_isRefusedWithItsLine() {
    assertThat(names("n".repeat(LabelParser.MAX_LENGTH))).hasSize(1);
    assertThat(problem("a\n" + "n".repeat(LabelParser.MAX_LENGTH + 1)).toString())
        .startsWith("iris/labels.txt:2: has 257 characters, a name has at most 256; ");
  }

  @Test
  void fileThatIsTooLarge_isRefused() {
    assertThat(names("\n".repeat(LabelParser.MAX_BYTES))).isEmpty();
    assertThat(problem("\n".repeat(LabelParser.MAX_BYTES + 1)).fault())
        .isEqualTo("is larger than the 4 MiB that it may have");
  }
}
