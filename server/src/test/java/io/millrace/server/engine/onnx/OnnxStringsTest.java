package io.millrace.server.engine.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.engine.Fixtures;
import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Strings against what Python's ONNX Runtime makes of the same bytes. */
class OnnxStringsTest {
  private static final OnnxEngine ENGINE = new OnnxEngine(Fixtures.CACHE);
  private static final HexFormat HEX = HexFormat.of();

  private static final String EMOJI = "61f09f988062";
  private static final String GARBLED = "61c3b0c29fc298c28062";
  private static final String NUL = "610062000063";
  private static final String BINARY = "fffe80706c61696e00f09f";
  private static final String PLAIN = "6e61c3af766520e282ac";

  /** One line of {@code expected-strings.tsv}. */
  private record Expected(String model, String output, String hex, String row) {
    static Expected of(String line) {
      String[] cells = line.split("\t", -1);
      return new Expected(cells[0], cells[1], cells[2], cells[3]);
    }

    byte[] element() {
      return HEX.parseHex(hex);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"split", "known", "label"})
  void elements_areTheSameBytesInsideTheModelAsInPython(String model) throws IOException {
    List<Expected> expected = expected(model);
    byte[][] elements = expected.stream().map(Expected::element).toArray(byte[][]::new);

    assertThat(rows(model, expected.get(0).output(), elements))
        .isEqualTo(expected.stream().map(Expected::row).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"split", "known", "label"})
  void elementAlone_isTheSameBytesInsideTheModelAsInPython(String model) throws IOException {
    for (Expected expected : expected(model)) {
      assertThat(rows(model, expected.output(), expected.element()))
          .containsExactly(expected.row());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "emoji, " + EMOJI,
    "garbled, " + GARBLED,
    "nul, " + NUL,
    "binary, " + BINARY,
    "plain, " + PLAIN,
    "empty, ''"
  })
  void stringOfTheModelsOwn_comesOutByteForByte(String output, String bytes) {
    assertThat(hex(ownStrings(output))).containsExactly(bytes);
  }

  @Test
  void stringsOfAllKindsInOneMatrix_comeOutByteForByte() {
    Tensor all = ownStrings("all");

    assertThat(all.shape()).isEqualTo(Shape.of(2, 3));
    assertThat(hex(all)).containsExactly(EMOJI, GARBLED, NUL, BINARY, PLAIN, "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "😀",
        "😀😀😀 and text behind it",
        "a\0",
        "\0",
        "\0\0😀\0",
        "\u0001\u0002",
        "😀\u0001\u0002",
        "é😀\uFFFF",
        "日本語",
        " "
      })
  void text_comesBackAsItWas(String text) {
    Tensor y = echo(Fixtures.utf8(text));

    assertThat(Fixtures.stringsOf(y)).containsExactly(Fixtures.utf8(text));
  }

  @Test
  void longTextBehindNul_comesBackAsItWas() {
    byte[] text = Fixtures.utf8("a\0" + "😀".repeat(5_000));

    assertThat(Fixtures.stringsOf(echo(text))).containsExactly(text);
  }

  @Test
  void bytesThatAreNoText_comeBackAsTheyWere() {
    byte[][] elements =
        Stream.of("80", "8080808080", "ff", "c3", "f09f98", "eda080", "eda0bdedb880", "ffd8ffe000")
            .map(HEX::parseHex)
            .toArray(byte[][]::new);

    assertThat(Fixtures.stringsOf(echo(elements))).containsExactly(elements);
  }

  @Test
  void textMixedWithStrayBytes_isRefusedRatherThanChanged() {
    assertThatThrownBy(() -> echo(HEX.parseHex("c3a9ff")))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.reason()).isEqualTo(Reason.ENGINE_ERROR))
        .hasMessage("output 'y' holds bytes that this server cannot read from the engine");
  }

  @Test
  void scalarString_comesBackAsItWas() {
    try (LoadedModel model = ENGINE.load(Fixtures.onnx("identity-bytes-scalar"));
        ModelInstance instance = model.newInstance()) {
      for (String text : List.of("plain", "😀", "a\0b")) {
        Tensor x = Fixtures.strings("x", Shape.of(), Fixtures.utf8(text));

        Tensor y = Fixtures.run(instance, List.of(x), List.of("y")).get(0);

        assertThat(y).isEqualTo(Fixtures.strings("y", Shape.of(), Fixtures.utf8(text)));
      }
    }
  }

  @Test
  void asciiLetters_areRaised() {
    Tensor text = Fixtures.strings("text", "abc", "Straße");

    Tensor upper =
        Fixtures.run(ENGINE, Fixtures.onnx("upper"), List.of(text), List.of("upper")).get(0);

    assertThat(upper).isEqualTo(Fixtures.strings("upper", "ABC", "STRAßE"));
  }

  @Test
  void randomText_comesBackAsItWas() {
    assertThat(echoes(random -> random.nextInt(0x110000), true)).isZero();
  }

  @Test
  void randomBytes_comeBackAsTheyWereOrAreRefused() {
    // Refused is what looks as much like text as like stray bytes, and is neither alone.
    assertThat(echoes(random -> random.nextInt(256), false)).isLessThan(20);
  }

  private interface Source {
    int next(Random random);
  }

  /** How many of 400 random elements were refused; fails if one was changed. */
  private static int echoes(Source source, boolean isText) {
    Random random = new Random(20261121);
    int refused = 0;
    try (LoadedModel model = ENGINE.load(Fixtures.onnx("identity-bytes"));
        ModelInstance instance = model.newInstance()) {
      for (int i = 0; i < 400; i++) {
        int[] values = IntStream.generate(() -> source.next(random)).limit(i % 20).toArray();
        byte[] element = isText ? text(values) : bytes(values);
        try {
          Tensor x = Fixtures.strings("x", Shape.of(1), element);
          Tensor y = Fixtures.run(instance, List.of(x), List.of("y")).get(0);
          assertThat(Fixtures.stringsOf(y)).containsExactly(element);
        } catch (ServingException e) {
          refused++;
        }
      }
    }
    return refused;
  }

  private static byte[] text(int[] codePoints) {
    // Halves of surrogate pairs become '?'.
    return Fixtures.utf8(new String(codePoints, 0, codePoints.length));
  }

  private static byte[] bytes(int[] values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static List<Expected> expected(String model) throws IOException {
    return Files.readAllLines(Fixtures.model("expected-strings.tsv")).stream()
        .filter(line -> !line.startsWith("#"))
        .map(Expected::of)
        .filter(expected -> expected.model().equals(model))
        .toList();
  }

  /** The values of each row of the output, as in the file of expected ones. */
  private static List<String> rows(String model, String output, byte[]... elements) {
    Tensor text = Fixtures.strings("text", Shape.of(elements.length), elements);
    Tensor result =
        Fixtures.run(ENGINE, Fixtures.onnx(model), List.of(text), List.of(output)).get(0);
    int columns = (int) result.elements() / elements.length;
    return IntStream.range(0, elements.length)
        .mapToObj(row -> IntStream.range(row * columns, (row + 1) * columns))
        .map(row -> String.join(" ", row.map(value(result)).mapToObj(String::valueOf).toList()))
        .toList();
  }

  private static IntUnaryOperator value(Tensor tensor) {
    ByteBuffer data = tensor.data();
    return tensor.dtype() == DataType.BOOL
        ? data::get
        : i -> Math.toIntExact(data.getLong(i * Long.BYTES));
  }

  private static Tensor ownStrings(String output) {
    Tensor x = Fixtures.floats("x", Shape.of(1), 0);
    return Fixtures.run(ENGINE, Fixtures.onnx("own-strings"), List.of(x), List.of(output)).get(0);
  }

  private static Tensor echo(byte[]... elements) {
    Tensor x = Fixtures.strings("x", Shape.of(elements.length), elements);
    return Fixtures.run(ENGINE, Fixtures.onnx("identity-bytes"), List.of(x), List.of("y")).get(0);
  }

  private static List<String> hex(Tensor tensor) {
    return Fixtures.stringsOf(tensor).stream().map(HEX::formatHex).toList();
  }
}
