package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Sample;
import io.millrace.server.model.Sample.Tolerance;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TrialRowsTest {
  private static final long MOST_BYTES = 100;

  private static Tensor texts(String name, int columns, String... texts) {
    List<byte[]> elements =
        Arrays.stream(texts).map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
    return new Tensor(
        name,
        DataType.BYTES,
        Shape.of(texts.length / columns, columns),
        BytesElements.encode(elements));
  }

  private static Sample sample(Tensor... inputs) {
    return new Sample("samples/a.json", List.of(inputs), List.of(), Tolerance.STANDARD, true);
  }

  private static List<List<Tensor>> rows(Sample... samples) {
    return TrialRows.of(List.of(samples), 3, MOST_BYTES);
  }

  @Test
  void rowsOfAllSamples_areTakenInTurn() {
    List<List<Tensor>> rows =
        rows(
            sample(texts("a", 1, "one"), texts("b", 1, "1")),
            sample(texts("a", 1, "one", "two"), texts("b", 1, "1", "2")));

    assertThat(rows).hasSize(3).allSatisfy(row -> assertThat(row).hasSize(2));
    assertThat(rows.get(1).get(0)).hasToString("'a' BYTES [1, 1]");
    assertThat(text(rows.get(0).get(0))).isEqualTo("one");
    assertThat(text(rows.get(1).get(0))).isEqualTo("two");
    assertThat(text(rows.get(1).get(1))).isEqualTo("2");
    assertThat(text(rows.get(2).get(1))).isEqualTo("1");
  }

  private static String text(Tensor tensor) {
    return new String(BytesElements.decode(tensor.data(), 1).get(0), StandardCharsets.UTF_8);
  }

  @Test
  void equalRows_areNone() {
    assertThat(rows(sample(texts("a", 2, "x", "y", "x", "y")))).isEmpty();
  }

  @Test
  void rowsOfAnotherShape_areLeftOut() {
    assertThat(rows(sample(texts("a", 1, "x")), sample(texts("a", 2, "x", "y")))).isEmpty();
  }

  @Test
  void rowsThatAreTooLarge_areLeftOut() {
    assertThat(rows(sample(texts("a", 1, "x", "y".repeat(100))))).isEmpty();
  }

  @Test
  void inputsWithOtherRowsOrNone_areLeftOut() {
    Tensor alone = new Tensor("b", DataType.UINT8, Shape.of(), ByteBuffer.wrap(new byte[] {1}));
    assertThat(rows(sample(texts("a", 1, "x", "y"), texts("b", 1, "z")))).isEmpty();
    assertThat(rows(sample(texts("a", 1, "x", "y"), alone))).isEmpty();
    assertThat(rows()).isEmpty();
  }
}
