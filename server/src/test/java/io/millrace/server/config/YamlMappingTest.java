package io.millrace.server.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class YamlMappingTest {
  private static final ValueRule<Long> SMALL = ValueRule.whole(1, 9);

  private final ConfigProblems problems = new ConfigProblems();

  @Test
  void emptyFile_isAnEmptyMapping() {
    for (String nothing : List.of("", "# only a comment\n", "---\n", "\uFEFF")) {
      assertThat(parse(nothing).keys()).isEmpty();
    }
    assertThat(problems.isEmpty()).isTrue();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          a: 0            | f.yaml:1: a is 0; allowed: a whole number from 1 to 9
          a: 99999999999999999999 | f.yaml:1: a is 99999999999999999999; allowed: a whole number from 1 to 9
          a: '1'          | f.yaml:1: a is '1'; allowed: a whole number from 1 to 9
          a: 1.0          | f.yaml:1: a is 1.0; allowed: a whole number from 1 to 9
          a: true         | f.yaml:1: a is true; allowed: a whole number from 1 to 9
          a:              | f.yaml:1: a is empty; allowed: a whole number from 1 to 9
          a: []           | f.yaml:1: a is a list; allowed: a whole number from 1 to 9
          a: {}           | f.yaml:1: a is a mapping; allowed: a whole number from 1 to 9
          a: !!int b      | f.yaml:1: a is b; allowed: a whole number from 1 to 9
          a: !!java/Runtime 1 | f.yaml:1: a is of the type 'tag:yaml.org,2002:java/Runtime'; allowed: a whole number from 1 to 9
          a: ${HOME}      | f.yaml:1: a is of the type '!ENV_VARIABLE'; allowed: a whole number from 1 to 9
          {a: 1, a: 2}    | f.yaml:1: a is given twice, first in f.yaml:1; keep one of them
          {a: 1, [b]: 2}  | f.yaml:1: a key is not a plain name; allowed: a plain name
          {a: 1, bbbb: 2} | f.yaml:1: 'bbbb' is not a known key; allowed: a
          """)
  void valueOfWrongKind_isNamedWithWhatIsAllowed(String content, String expected) {
    YamlMapping mapping = parse(content);
    mapping.value("a", SMALL);
    mapping.refuseUnknownKeys();

    assertThat(told()).containsExactly(expected);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          a: [1           | f.yaml:1: is not YAML at column 6: expected ',' or ']', but got <stream end>
          a: 1~ b: 2~     | f.yaml:2: is not YAML at column 3: mapping values are not allowed here
          a: *b           | f.yaml:1: is not YAML at column 4: found undefined alias b
          a: %            | f.yaml:1: is not YAML at column 4: found character '%' that cannot start any token. (Do not use % for indentation)
          1               | f.yaml:1: the file is not a mapping
          - a             | f.yaml:1: the file is not a mapping
          a: 1~---~a: 2   | f.yaml:2: is not YAML at column 1: but found another document
          """)
  void brokenSyntax_isToldWithLineAndColumn(String content, String expected) {
    parse(content.replace('~', '\n'));

    assertThat(told())
        .containsExactly(expected + "; mend it so that the file is one YAML 1.2 mapping");
  }

  @Test
  void binaryContent_isAProblem() {
    YamlMapping.parse("f.yaml", "a: \u00e9".getBytes(ISO_8859_1), problems);
    parse("a: \0");

    assertThat(told())
        .hasSize(2)
        .first()
        .isEqualTo("f.yaml: is not UTF-8 text; save the file as UTF-8");
  }

  @Test
  void contentBeyondTheLimit_isAProblem() {
    String longest = "a: 1 #" + "x".repeat(YamlMapping.MAX_BYTES - 6);

    assertThat(parse(longest).keys()).containsExactly("a");
    assertThat(problems.isEmpty()).isTrue();
    parse(longest + "x");
    assertThat(told())
        .containsExactly("f.yaml: is larger than 1 MiB; keep the file below that size");
  }

  @Test
  void deepNesting_isRefusedBeforeItOverflowsTheStack() {
    for (String bomb : List.of("[".repeat(500_000), "{a: ".repeat(200_000), "- ".repeat(500_000))) {
      parse(bomb);
    }

    assertThat(told())
        .containsOnly(
            "f.yaml:1: values are nested more than 32 deep; mend it so that the file is one YAML"
                + " 1.2 mapping")
        .hasSize(3);
  }

  @Test
  void aliasBomb_isRefused() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x]\n");
    for (int i = 1; i < 30; i++) {
      bomb.append("a%d: &a%d [*a%d, *a%d, *a%d]\n".formatted(i, i, i - 1, i - 1, i - 1));
    }
    parse(bomb.toString());

    assertThat(told()).hasSize(1).first().asString().contains("aliases", "exceeds");
  }

  @Test
  void listThatHoldsItself_isReadOnlyAsDeepAsAsked() {
    YamlMapping mapping = parse("a: &x [*x, 1]");

    List<YamlValue> elements = mapping.get("a").orElseThrow().asList("numbers").orElseThrow();

    assertThat(elements.get(0).as(SMALL)).isEmpty();
    assertThat(elements.get(1).as(SMALL)).contains(1L);
    assertThat(told())
        .containsExactly("f.yaml:1: a[0] is a list; allowed: a whole number from 1 to 9");
  }

  @Test
  void nestedValues_areNamedByTheirPath() {
    YamlMapping mapping = parse("tensors:\n- {size: 1}\n- {size: 0}\n- 7\n- {sise: 1}\n");
    for (YamlValue tensor : mapping.get("tensors").orElseThrow().asList("some").orElseThrow()) {
      tensor
          .asMapping("a mapping")
          .ifPresent(
              m -> {
                m.required("size", SMALL);
                m.refuseUnknownKeys();
              });
    }

    assertThat(told())
        .containsExactly(
            "f.yaml:3: tensors[1].size is 0; allowed: a whole number from 1 to 9",
            "f.yaml:4: tensors[2] is 7; allowed: a mapping",
            "f.yaml:5: tensors[3].size is missing; allowed: a whole number from 1 to 9",
            "f.yaml:5: 'tensors[3].sise' is not a known key; did you mean size?");
  }

  @Test
  void emptyList_isAList() {
    assertThat(parse("a: []").get("a").orElseThrow().asList("numbers")).contains(List.of());
  }

  @Test
  void refusedKey_isNotUnknownAndNeverProposed() {
    YamlMapping mapping = parse("batching: 1\nbatchign: 1\n");
    mapping.refuseKey("batching", "batching is not supported yet", "remove it");
    mapping.value("engine", ValueRule.oneOf(Map.of("x", 1)));
    mapping.refuseUnknownKeys();

    assertThat(told())
        .containsExactly(
            "f.yaml:1: batching is not supported yet; remove it",
            "f.yaml:2: 'batchign' is not a known key; allowed: engine");
  }

  @Test
  void thousandsOfUnknownKeys_areCutAtAHundredProblems() {
    StringBuilder keys = new StringBuilder();
    for (int i = 0; i < 5_000; i++) {
      keys.append("k").append(i).append(": 1\n");
    }
    parse(keys.toString()).refuseUnknownKeys();

    assertThat(told()).hasSize(100);
  }

  @Test
  void unknownKeyWithLineBreak_staysOnOneLine() {
    parse("\"a\\nERROR forged\": 1").refuseUnknownKeys();

    assertThat(told())
        .hasSize(1)
        .first()
        .asString()
        .contains("a\\u{a}ERROR forged")
        .hasLineCount(1);
  }

  @Test
  void randomGarbage_givesProblemsAndNothingElse() {
    Random random = new Random(20261101);
    String alphabet = "a1:- \n\t[]{},'\"&*!|>%@`#?~.<=\\\0\u00e9\u2028";
    for (int i = 0; i < 2_000; i++) {
      StringBuilder garbage = new StringBuilder();
      for (int length = random.nextInt(60); length > 0; length--) {
        garbage.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      parse(garbage.toString()).value("a", SMALL);
      byte[] bytes = new byte[random.nextInt(60)];
      random.nextBytes(bytes);
      YamlMapping.parse("f.yaml", bytes, problems).refuseUnknownKeys();
    }

    assertThat(told()).hasSize(100).allSatisfy(line -> assertThat(line).hasLineCount(1));
  }

  private YamlMapping parse(String content) {
    return YamlMapping.parse("f.yaml", content.getBytes(UTF_8), problems);
  }

  private List<String> told() {
    return problems.list().stream().map(Problem::toString).toList();
  }
}
