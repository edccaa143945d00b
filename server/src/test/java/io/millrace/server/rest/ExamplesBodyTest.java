package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.sun.management.ThreadMXBean;
import io.millrace.server.inference.ExampleTask;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a classify or regress body may hold. */
final class ExamplesBodyTest {
  private static final int LIMIT = 1 << 20;

  private static final Signature HOUSES =
      new Signature(
          List.of(
              TensorSpec.of("size", DataType.FP32, -1, 2),
              TensorSpec.of("rooms", DataType.INT64, -1),
              TensorSpec.of("city", DataType.BYTES, -1, 1)),
          List.of());

  private static Signature x(DataType dtype) {
    return new Signature(List.of(TensorSpec.of("x", dtype, -1)), List.of());
  }

  private static List<Tensor> read(Signature signature, String body) {
    return ExamplesBody.read(
        new JsonText(ByteString.copyFromUtf8(body)), ExampleTask.REGRESS, inputs(signature));
  }

  private static InputValues inputs(Signature signature) {
    return new InputValues(signature, PictureInputs.NONE, LIMIT);
  }

  private static ServingException refused(Signature signature, String body) {
    return catchThrowableOfType(ServingException.class, () -> read(signature, body));
  }

  private static List<String> texts(Tensor tensor) {
    return BytesElements.decode(tensor.data(), tensor.elements()).stream()
        .map(text -> new String(text, StandardCharsets.UTF_8))
        .toList();
  }

  @Test
  void aFeature_isAValueOrAListOfValues() {
    List<Tensor> tensors =
        read(
            HOUSES,
            """
            {"signature_name": "serving_default", "other": [{}],
             "examples": [
               {"city": "Ghent", "size": [1, 2.5], "rooms": [3]},
               {"size": [4e0, -0.0], "rooms": 5, "city": [{"b64": "TGnDqGdl"}]}
             ]} and text behind it""");

    assertThat(tensors).extracting(Tensor::name).containsExactly("size", "rooms", "city");
    assertThat(tensors)
        .extracting(Tensor::shape)
        .containsExactly(Shape.of(2, 2), Shape.of(2), Shape.of(2, 1));
    assertThat(tensors.get(0).data().getFloat(Float.BYTES)).isEqualTo(2.5f);
    assertThat(tensors.get(1).data().getLong(Long.BYTES)).isEqualTo(5);
    assertThat(texts(tensors.get(2))).containsExactly("Ghent", "Liège");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'context': {'city': 'Ghent', 'rooms': 2}, 'examples': [{'size': [1, 2]}, {'size': [3, 4]}]}",
        "{'examples': [{'size': [1, 2]}, {'size': [3, 4]}], 'context': {'rooms': [2], 'city': ['Ghent']}}"
      })
  void aContext_isSharedByAllExamples_whereverItStands(String body) {
    List<Tensor> tensors = read(HOUSES, body.replace('\'', '"'));

    assertThat(tensors.get(1).data().getLong(Long.BYTES)).isEqualTo(2);
    assertThat(texts(tensors.get(2))).containsExactly("Ghent", "Ghent");
  }

  @Test
  void featuresThatTheModelHasNoInputFor_arePassedOver() {
    String body =
        """
        {"context": {"query": ["a", {"b64": "AA=="}]},
         "examples": [{"id": "a-7", "x": 1, "nested": [[{"x": 5}]]}, {"x": 2, "weight": null}]}""";

    Tensor x = read(x(DataType.INT64), body).get(0);

    assertThat(x.shape()).isEqualTo(Shape.of(2));
    assertThat(x.data().getLong(Long.BYTES)).isEqualTo(2);
  }

  @Test
  void numbersThatAreNone_areTaken() {
    Tensor x = read(x(DataType.FP64), "{\"examples\": [{\"x\": NaN}, {\"x\": -Infinity}]}").get(0);

    assertThat(x.data().getDouble()).isNaN();
    assertThat(x.data().getDouble(Double.BYTES)).isEqualTo(Double.NEGATIVE_INFINITY);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]                         | REQUEST_MALFORMED     | the body must be a JSON object with examples",
        "{                          | REQUEST_MALFORMED     | the body ends before its JSON does",
        "{}                         | REQUEST_MALFORMED     | the body has no examples",
        "{'instances': [[1]]}       | REQUEST_MALFORMED     | the body has no examples",
        "{'examples': {}}           | REQUEST_MALFORMED     | examples must be a list",
        "{'examples': []}           | REQUEST_MALFORMED     | examples: there are none; give one or more",
        "{'examples': [1]}          | REQUEST_MALFORMED     | examples[0] must be an object of features and their values",
        "{'examples': [], 'context': 3} | REQUEST_MALFORMED | context must be an object of features and their values",
        "{'examples': [], 'examples': []} | REQUEST_MALFORMED | examples is given twice",
        "{'context': {}, 'context': {}} | REQUEST_MALFORMED | context is given twice",
        "{'signature_name': 1}      | REQUEST_MALFORMED     | signature_name must be a text",
        "{'signature_name': 'price'} | REQUEST_MALFORMED    | the model has no signature 'price'; for this it has 'tensorflow/serving/regress'",
        "{'examples': [{'x': 1}, {'y': 1}]} | TENSOR_MISSING | examples[1]: feature 'x' is missing",
        "{'examples': [{'x': 1}, {}]} | TENSOR_MISSING      | examples[1]: feature 'x' is missing",
        "{'examples': [{'x': 1, 'x': 1}]} | TENSOR_DUPLICATE | examples[0]: feature 'x' is given twice",
        "{'context': {'x': 1}, 'examples': [{'x': 1}]} | TENSOR_DUPLICATE | examples[0]: feature 'x' is both in the context and in an example",
        "{'examples': [{'x': [1, 2]}]} | TENSOR_SHAPE_MISMATCH | examples[0]: feature 'x' has 2 values, but 1 are needed",
        "{'examples': [{'x': []}]}  | TENSOR_SHAPE_MISMATCH | examples[0]: feature 'x' has 0 values, but 1 are needed",
        "{'examples': [{'x': [[1]]}]} | TENSOR_SHAPE_MISMATCH | examples[0].x: a feature is a value or a list of values, not a list of lists",
        "{'examples': [{'x': 1}, {'x': ['1']}]} | TENSOR_DTYPE_MISMATCH | examples[1].x[0]: expected type INT8, got a text",
        "{'examples': [{'x': 1.0}]} | TENSOR_DTYPE_MISMATCH | examples[0].x: expected type INT8, got a number with fraction",
        "{'examples': [{'x': 128}]} | TENSOR_DTYPE_MISMATCH | examples[0].x: the number is out of the range of INT8",
        "{'examples': [{'x': null}]} | TENSOR_DTYPE_MISMATCH | examples[0].x: expected type INT8, got null",
        "{'examples': [{'x': {'b64': 'AA=='}}]} | TENSOR_DTYPE_MISMATCH | examples[0].x: expected type INT8, got bytes as base64; those of a picture are taken where preprocess"
      })
  void whatIsWrong_isNamedWithItsPlace(String body, Reason reason, String words) {
    ServingException refusal = refused(x(DataType.INT8), body.replace('\'', '"'));

    assertThat(refusal).hasMessageStartingWith(words);
    assertThat(refusal.reason()).isEqualTo(reason);
  }

  /** Before, each value had a reader of more than 1 KiB to itself. */
  @Test
  void manyExamples_leaveLittleBehind() {
    int count = 20_000;
    String body = "{\"examples\": [" + "{\"x\": 1}, ".repeat(count - 1) + "{\"x\": 1}]}";
    JsonText text = new JsonText(ByteString.copyFromUtf8(body));
    ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    long before = memory.getCurrentThreadAllocatedBytes();
    List<Tensor> read = ExamplesBody.read(text, ExampleTask.REGRESS, inputs(x(DataType.INT8)));
    long allocated = memory.getCurrentThreadAllocatedBytes() - before;

    assertThat(read.get(0).shape()).isEqualTo(Shape.of(count));
    assertThat(allocated / count).isLessThan(1_000);
  }

  @Test
  void moreValuesThanTheLimit_areRefused() {
    String text = "a".repeat(LIMIT / 4);
    String body = "{\"context\": {\"x\": \"" + text + "\"}, \"examples\": [{}, {}, {}, {}, {}]}";

    assertThat(refused(x(DataType.BYTES), body).reason()).isEqualTo(Reason.MESSAGE_TOO_LARGE);
  }
}
