package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Sample;
import io.millrace.server.model.Sample.Tolerance;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SampleReaderTest {
  private static final Signature IRIS =
      new Signature(
          List.of(TensorSpec.of("features", DataType.FP32, -1, 2)),
          List.of(
              TensorSpec.of("label", DataType.INT64, -1),
              TensorSpec.of("probabilities", DataType.FP32, -1, 2)));

  private static final Signature TEXT =
      new Signature(
          List.of(TensorSpec.of("a", DataType.INT64), TensorSpec.of("b", DataType.BYTES, -1)),
          List.of(TensorSpec.of("text", DataType.BYTES, -1)));

  private static Sample read(String json, Signature signature) {
    return SampleReader.read("golden.json", json.getBytes(StandardCharsets.UTF_8), signature)
        .orElseThrow();
  }

  private static Sample iris(String rest) {
    return read("{\"instances\": [[1, 2], [3, 4]]" + rest + "}", IRIS);
  }

  private static Sample expecting(String answer) {
    return iris(", \"expected\": " + answer);
  }

  private static boolean isPassedOver(String json) {
    return SampleReader.read("x.json", json.getBytes(StandardCharsets.UTF_8), IRIS).isEmpty();
  }

  @Test
  void bodyOfPredict_isASampleThatExpectsNothing() {
    Sample sample = iris("");
    assertThat(sample.inputs()).hasSize(1);
    assertThat(sample.inputs().get(0).shape()).isEqualTo(Shape.of(2, 2));
    assertThat(sample.inputs().get(0).data().getFloat(12)).isEqualTo(4);
    assertThat(sample.expected()).isEmpty();
    assertThat(sample.isRequired()).isFalse();
    assertThat(sample.tolerance()).isEqualTo(Tolerance.STANDARD);
  }

  @Test
  void answerOfPredict_isWhatIsExpected() {
    Sample sample =
        expecting(
            "{\"predictions\": [{\"label\": 1, \"probabilities\": [0.1, 0.9]},"
                + " {\"label\": 0, \"probabilities\": [0.8, 0.2]}]}");
    assertThat(sample.isRequired()).isTrue();
    assertThat(sample.expected())
        .extracting(Tensor::name)
        .containsExactly("label", "probabilities");
    assertThat(sample.expected().get(0).shape()).isEqualTo(Shape.of(2));
    assertThat(sample.expected().get(0).data().getLong(0)).isEqualTo(1);
    assertThat(sample.expected().get(1).shape()).isEqualTo(Shape.of(2, 2));
    assertThat(sample.expected().get(1).data().getFloat(8)).isEqualTo(0.8f);
  }

  @Test
  void outputsTensorByTensor_areExpectedAsWell() {
    Sample sample = expecting("{\"outputs\": {\"label\": [1, 0]}}");
    assertThat(sample.expected()).extracting(Tensor::name).containsExactly("label");
    assertThat(sample.expected().get(0).shape()).isEqualTo(Shape.of(2));
  }

  @Test
  void rowsMayLeaveOutputsOut() {
    Sample sample = expecting("{\"predictions\": [{\"label\": 1}, {\"label\": 0}]}");
    assertThat(sample.expected()).extracting(Tensor::name).containsExactly("label");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"outputs\": [\"x\", {\"b64\": \"eQ==\"}]}",
        "{\"predictions\": [\"x\", {\"b64\": \"eQ==\"}]}"
      })
  void onlyOutput_needsNoName(String answer) {
    Sample sample =
        read("{\"inputs\": {\"b\": [\"q\"], \"a\": 5}, \"expected\": " + answer + "}", TEXT);
    assertThat(sample.inputs()).extracting(Tensor::name).containsExactly("a", "b");
    assertThat(BytesElements.decode(sample.expected().get(0).data(), 2))
        .containsExactly(new byte[] {'x'}, new byte[] {'y'});
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"absolute": 0.5, "relative": 0} | 0.5  | 0
          {"absolute": 2}                  | 2    | 0.001
          {"relative": 0.25}               | 1e-5 | 0.25
          {}                               | 1e-5 | 0.001
          """)
  void tolerance_isReadWhereItIsGiven(String json, double absolute, double relative) {
    assertThat(iris(", \"tolerance\": " + json).tolerance())
        .isEqualTo(new Tolerance(absolute, relative));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model_spec\": {\"name\": \"iris\"}, \"inputs\": []}",
        "{\"model_name\": \"iris\", \"inputs\": []}",
        "{\"inputs\": [{\"name\": \"features\", \"datatype\": \"FP32\", \"shape\": [1, 2]}]}"
      })
  void messagesOfOtherProtocols_areNoSamples(String json) {
    assertThat(isPassedOver(json)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"instances": [[1, 2]]                                                         | ends before
          [1, 2]                                                                         | JSON object
          {}                                                                             | neither instances nor inputs
          {"instances": [[1, 2]], "expcted": {}}                                         | unknown key 'expcted'
          {"instances": [[1, 2]], "tolerance": 1}                                        | absolute, relative or both
          {"instances": [[1, 2]], "tolerance": {"absolute": -1}}                         | 0 or more
          {"instances": [[1, 2]], "tolerance": {"absolute": NaN}}                        | 0 or more
          {"instances": [[1, 2]], "tolerance": {"relativ": 1}}                           | absolute, relative or both
          {"instances": [[1, 2, 3]]}                                                     | expected shape [-1, 2] (-1 is any size), got [1, 3]
          {"instances": [[1, "x"]]}                                                      | expected type FP32
          {"instances": [[1, 2]], "expected": [1]}                                       | answer of :predict
          {"instances": [[1, 2]], "expected": {}}                                        | answer of :predict
          {"instances": [[1, 2]], "expected": {"label": [1]}}                            | answer of :predict
          {"instances": [[1, 2]], "expected": {"outputs": {}}}                           | answer of :predict
          {"instances": [[1, 2]], "expected": {"predictions": []}}                       | answer of :predict
          {"instances": [[1, 2]], "expected": {"outputs": {"labl": [1]}}}                | no output 'labl'; its outputs are ['label', 'probabilities']
          {"instances": [[1, 2]], "expected": {"outputs": [1]}}                          | must name its outputs
          {"instances": [[1, 2]], "expected": {"outputs": {"label": [1], "label": [1]}}} | given twice
          {"instances": [[1, 2]], "expected": {"predictions": [{"label": 1}, {}]}}       | must be in every row
          {"instances": [[1, 2]], "expected": {"outputs": {"label": ["x"]}}}             | expected type INT64
          {"model_spec": {"name": "iris"}, "inputs": [], "expected": {}}                 | unknown key 'model_spec'
          """)
  void whatCannotBeRead_saysWhy(String json, String words) {
    assertThatThrownBy(() -> read(json, IRIS))
        .isInstanceOf(ServingException.class)
        .hasMessageContaining(words);
  }

  @Test
  void brokenSample_isKnownToExpectSomethingWhereItsKeysCanBeRead() {
    assertThat(SampleReader.expects("{\"expected\": 7}".getBytes(StandardCharsets.UTF_8))).isTrue();
    assertThat(SampleReader.expects("{\"x\": 7}".getBytes(StandardCharsets.UTF_8))).isFalse();
    assertThat(SampleReader.expects("{\"expected\"".getBytes(StandardCharsets.UTF_8))).isFalse();
  }
}
