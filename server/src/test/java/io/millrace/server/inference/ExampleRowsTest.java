package io.millrace.server.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** How examples become the inputs of a model, and which do not. */
final class ExampleRowsTest {
  private static final int LIMIT = 1_000;
  private static final TensorSpec X = TensorSpec.of("x", DataType.INT64, -1, 2);
  private static final TensorSpec Y = TensorSpec.of("y", DataType.INT64, -1);

  private final ExampleRows rows = rows(X, Y);

  private static ExampleRows rows(TensorSpec... inputs) {
    return new ExampleRows(new Signature(List.of(inputs), List.of()), "input.", LIMIT);
  }

  private static void give(ExampleRows rows, String feature, long... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Long.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.stream(values).forEach(bytes::putLong);
    rows.slot(feature).orElseThrow().fill(values.length, bytes.flip());
  }

  private static void giveTexts(ExampleRows rows, String feature, String... texts) {
    List<byte[]> elements =
        Arrays.stream(texts).map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
    rows.slot(feature).orElseThrow().fill(texts.length, BytesElements.encode(elements));
  }

  private static List<Long> values(Tensor tensor) {
    List<Long> values = new ArrayList<>();
    ByteBuffer data = tensor.data();
    while (data.hasRemaining()) {
      values.add(data.getLong());
    }
    return values;
  }

  private static void assertRefused(
      ThrowingCallable work, Reason reason, String field, String message) {
    assertThatThrownBy(work)
        .isInstanceOfSatisfying(
            ServingException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(reason);
              assertThat(e.violations())
                  .extracting(ServingException.FieldViolation::field)
                  .containsExactly(field);
            })
        .hasMessage(message);
  }

  @Test
  void eachExample_isARowOfEachInput() {
    rows.beginExample();
    give(rows, "y", 9);
    give(rows, "x", 1, 2);
    rows.beginExample();
    give(rows, "x", 3, 4);
    give(rows, "y", 8);

    List<Tensor> tensors = rows.tensors();

    assertThat(tensors).extracting(Tensor::name).containsExactly("x", "y");
    assertThat(tensors).extracting(Tensor::shape).containsExactly(Shape.of(2, 2), Shape.of(2));
    assertThat(values(tensors.get(0))).containsExactly(1L, 2L, 3L, 4L);
    assertThat(values(tensors.get(1))).containsExactly(9L, 8L);
    assertThat(rows.bytes()).isEqualTo(48);
  }

  @Test
  void aContext_isRepeatedForEachExample_whereverItStands() {
    rows.beginExample();
    give(rows, "y", 1);
    rows.beginContext();
    give(rows, "x", 5, 6);
    rows.beginExample();
    give(rows, "y", 2);

    assertThat(values(rows.tensors().get(0))).containsExactly(5L, 6L, 5L, 6L);
    assertThat(values(rows.tensors().get(1))).containsExactly(1L, 2L);
  }

  @Test
  void texts_keepTheirLengths() {
    ExampleRows texts = rows(TensorSpec.of("text", DataType.BYTES, -1));
    for (String text : List.of("long enough", "", "é")) {
      texts.beginExample();
      giveTexts(texts, "text", text);
    }

    Tensor tensor = texts.tensors().get(0);

    assertThat(BytesElements.decode(tensor.data(), 3))
        .extracting(bytes -> new String(bytes, StandardCharsets.UTF_8))
        .containsExactly("long enough", "", "é");
  }

  @Test
  void manyExamples_areAllThere() {
    ExampleRows many = new ExampleRows(new Signature(List.of(X), List.of()), "", Integer.MAX_VALUE);
    for (int i = 0; i < 10_000; i++) {
      many.beginExample();
      give(many, "x", i, -i);
    }

    Tensor tensor = many.tensors().get(0);

    assertThat(tensor.shape()).isEqualTo(Shape.of(10_000, 2));
    assertThat(tensor.data().getLong(9_999 * 2 * Long.BYTES)).isEqualTo(9_999);
  }

  @Test
  void oneOpenDimension_isAsLongAsTheFirstListSays() {
    ExampleRows open = rows(TensorSpec.of("x", DataType.INT64, -1, 2, -1));
    open.beginExample();
    give(open, "x", 1, 2, 3, 4, 5, 6);
    open.beginExample();

    assertRefused(
        () -> give(open, "x", 1, 2, 3, 4),
        Reason.TENSOR_SHAPE_MISMATCH,
        "input.examples[1]",
        "examples[1]: feature 'x' has 4 values, but 6 are needed");
    give(open, "x", 6, 5, 4, 3, 2, 1);

    assertThat(open.tensors().get(0).shape()).isEqualTo(Shape.of(2, 2, 3));
  }

  @Test
  void aListThatFillsNoDimension_isRefused() {
    ExampleRows open = rows(TensorSpec.of("x", DataType.INT64, -1, 2, -1));
    open.beginExample();

    assertRefused(
        () -> give(open, "x", 1, 2, 3),
        Reason.TENSOR_SHAPE_MISMATCH,
        "input.examples[0]",
        "examples[0]: feature 'x' has 3 values, but a multiple of 2 are needed");
  }

  @Test
  void aFeatureOfAnotherLength_isRefusedByExampleAndName() {
    rows.beginExample();
    give(rows, "x", 1, 2);
    rows.beginExample();

    assertRefused(
        () -> give(rows, "x", 1, 2, 3),
        Reason.TENSOR_SHAPE_MISMATCH,
        "input.examples[1]",
        "examples[1]: feature 'x' has 3 values, but 2 are needed");
  }

  @Test
  void aFeatureThatTheModelHasNot_goesNowhere() {
    rows.beginContext();
    assertThat(rows.slot("z")).isEmpty();
    rows.beginExample();
    give(rows, "x", 1, 2);
    assertThat(rows.slot("z")).isEmpty();
    assertThat(rows.slot("z")).isEmpty();
    give(rows, "y", 3);

    assertThat(rows.tensors()).extracting(Tensor::name).containsExactly("x", "y");
  }

  @Test
  void aFeatureThatOneExampleLacks_isMissingThere() {
    rows.beginExample();
    give(rows, "x", 1, 2);
    give(rows, "y", 1);
    rows.beginExample();
    give(rows, "y", 2);
    rows.beginExample();

    assertRefused(
        () -> give(rows, "x", 3, 4),
        Reason.TENSOR_MISSING,
        "input.examples[1]",
        "examples[1]: feature 'x' is missing; each example needs ['x', 'y'], unless the context has"
            + " them");
  }

  @Test
  void aFeatureThatNoExampleHas_isMissingInTheFirst() {
    rows.beginExample();
    give(rows, "x", 1, 2);

    assertRefused(
        rows::tensors,
        Reason.TENSOR_MISSING,
        "input.examples[0]",
        "examples[0]: feature 'y' is missing; each example needs ['x', 'y'], unless the context has"
            + " them");
  }

  @Test
  void aFeatureInContextAndExample_isRefused() {
    rows.beginContext();
    give(rows, "y", 1);
    rows.beginExample();

    assertRefused(
        () -> rows.slot("y"),
        Reason.TENSOR_DUPLICATE,
        "input.examples[0]",
        "examples[0]: feature 'y' is both in the context and in an example; leave one of them out");
    give(rows, "x", 1, 2);
    rows.beginContext();
    assertRefused(
        () -> rows.slot("x"),
        Reason.TENSOR_DUPLICATE,
        "input.context",
        "context: feature 'x' is both in the context and in an example; leave one of them out");
  }

  @Test
  void aFeatureGivenTwice_isRefused() {
    rows.beginExample();
    give(rows, "y", 1);

    assertRefused(
        () -> rows.slot("y"),
        Reason.TENSOR_DUPLICATE,
        "input.examples[0]",
        "examples[0]: feature 'y' is given twice");
  }

  @Test
  void noExamples_areRefused() {
    rows.beginContext();
    give(rows, "y", 1);

    assertRefused(
        rows::tensors,
        Reason.REQUEST_MALFORMED,
        "input.examples",
        "examples: there are none; give one or more");
  }

  @Test
  void aSmallContextForManyExamples_isRefusedBeforeItIsRepeated() {
    ExampleRows shared = rows(TensorSpec.of("text", DataType.BYTES, -1));
    shared.beginContext();
    giveTexts(shared, "text", "x".repeat(96));
    for (int i = 0; i < 10; i++) {
      shared.beginExample();
    }
    assertThat(shared.bytes()).isEqualTo(LIMIT);
    shared.beginExample();

    assertThatThrownBy(shared::bytes)
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MESSAGE_TOO_LARGE))
        .hasMessageContaining("limit of 1000 bytes");
    assertThatThrownBy(shared::tensors).hasMessageContaining("limit of 1000 bytes");
  }

  @Test
  void moreValuesThanTheLimit_areRefusedAsTheyCome() {
    ExampleRows texts = rows(TensorSpec.of("text", DataType.BYTES, -1));
    texts.beginExample();

    assertThatThrownBy(() -> giveTexts(texts, "text", "x".repeat(LIMIT)))
        .hasMessageContaining("limit of 1000 bytes");
  }

  @Test
  void inputsThatFlatListsCannotFill_areRefusedByName() {
    assertThatThrownBy(() -> rows(TensorSpec.of("x", DataType.FP32, -1, -1, -1)))
        .hasMessage(
            "input 'x' FP32 [-1, -1, -1] cannot be filled from the flat lists of examples; call"
                + " Predict");
    assertThatThrownBy(() -> rows(TensorSpec.of("x", DataType.FP32)))
        .hasMessageContaining("'x' FP32 [] cannot be filled");
    assertThatThrownBy(() -> rows()).hasMessageContaining("no inputs");
  }
}
