package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import io.millrace.tensorflow.BytesList;
import io.millrace.tensorflow.Example;
import io.millrace.tensorflow.Feature;
import io.millrace.tensorflow.Features;
import io.millrace.tensorflow.FloatList;
import io.millrace.tensorflow.Int64List;
import io.millrace.tensorflow.serving.ExampleList;
import io.millrace.tensorflow.serving.ExampleListWithContext;
import io.millrace.tensorflow.serving.Input;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Examples of TensorFlow's clients, and the tensors that they become. */
final class TensorFlowExamplesTest {
  static Feature wholes(long... values) {
    Int64List.Builder list = Int64List.newBuilder();
    for (long value : values) {
      list.addValue(value);
    }
    return Feature.newBuilder().setInt64List(list).build();
  }

  static Feature floats(double... values) {
    FloatList.Builder list = FloatList.newBuilder();
    for (double value : values) {
      list.addValue((float) value);
    }
    return Feature.newBuilder().setFloatList(list).build();
  }

  static Feature texts(String... values) {
    BytesList.Builder list = BytesList.newBuilder();
    for (String value : values) {
      list.addValue(ByteString.copyFromUtf8(value));
    }
    return Feature.newBuilder().setBytesList(list).build();
  }

  static Example example(String name, Feature feature) {
    return Example.newBuilder()
        .setFeatures(Features.newBuilder().putFeature(name, feature))
        .build();
  }

  static Input list(Example... examples) {
    return Input.newBuilder()
        .setExampleList(ExampleList.newBuilder().addAllExamples(List.of(examples)))
        .build();
  }

  private static Signature x(DataType dtype) {
    return new Signature(List.of(TensorSpec.of("x", dtype, -1, -1)), List.of());
  }

  private static Tensor tensor(DataType dtype, Feature feature) {
    return new TensorFlowExamples(list(example("x", feature)), 1_000)
        .rows(x(dtype))
        .tensors()
        .get(0);
  }

  private static String hexadecimal(Tensor tensor) {
    byte[] bytes = new byte[tensor.byteCount()];
    tensor.data().get(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "BOOL, 0, 1, 0001",
    "INT8, -128, 127, 807f",
    "INT16, -32768, 32767, 0080ff7f",
    "INT32, -2147483648, 2147483647, 00000080ffffff7f",
    "INT64, -9223372036854775808, 9223372036854775807, 0000000000000080ffffffffffffff7f",
    "UINT8, 0, 255, 00ff",
    "UINT16, 0, 65535, 0000ffff",
    "UINT32, 0, 4294967295, 00000000ffffffff",
    "UINT64, 0, 9223372036854775807, 0000000000000000ffffffffffffff7f"
  })
  void wholeNumbers_fillEachTypeToItsBounds(DataType dtype, long least, long most, String bytes) {
    Tensor tensor = tensor(dtype, wholes(least, most));

    assertThat(tensor.shape()).isEqualTo(Shape.of(1, 2));
    assertThat(hexadecimal(tensor)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "BOOL, 2, 0 to 1",
    "BOOL, -1, 0 to 1",
    "INT8, 128, -128 to 127",
    "INT8, -129, -128 to 127",
    "INT16, 32768, -32768 to 32767",
    "INT32, 2147483648, -2147483648 to 2147483647",
    "UINT8, -1, 0 to 255",
    "UINT16, 65536, 0 to 65535",
    "UINT32, 4294967296, 0 to 4294967295",
    "UINT32, -1, 0 to 4294967295",
    "UINT64, -1, 0 to 9223372036854775807"
  })
  void aWholeNumberOutOfRange_isRefusedByExampleAndFeature(
      DataType dtype, long value, String range) {
    assertThatThrownBy(() -> tensor(dtype, wholes(0, value)))
        .isInstanceOfSatisfying(
            ServingException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.TENSOR_DTYPE_MISMATCH))
        .hasMessage("examples[0]: feature 'x' has %d at 1; %s values are %s", value, dtype, range);
  }

  @ParameterizedTest
  @CsvSource({
    "FP32, 0000c03f000000c0",
    "FP64, 000000000000f83f00000000000000c0",
    "FP16, 003e00c0",
    "BF16, c03f00c0"
  })
  void fractions_fillEachTypeOfThem(DataType dtype, String bytes) {
    assertThat(hexadecimal(tensor(dtype, floats(1.5, -2)))).isEqualTo(bytes);
  }

  @Test
  void texts_areTakenAsTheirBytes() {
    Tensor tensor = tensor(DataType.BYTES, texts("é", ""));

    assertThat(BytesElements.decode(tensor.data(), 2))
        .containsExactly(new byte[] {(byte) 0xc3, (byte) 0xa9}, new byte[0]);
  }

  @ParameterizedTest
  @EnumSource
  void aListOfAnotherKind_isRefusedWithTheRightOne(DataType dtype) {
    List<Feature> wrong =
        switch (dtype) {
          case BYTES -> List.of(wholes(1), floats(1));
          case FP16, BF16, FP32, FP64 -> List.of(wholes(1), texts("1"));
          default -> List.of(floats(1), texts("1"));
        };
    String right =
        switch (dtype) {
          case BYTES -> "bytes_list";
          case FP16, BF16, FP32, FP64 -> "float_list";
          default -> "int64_list";
        };

    assertThat(wrong)
        .allSatisfy(
            feature ->
                Refusals.assertRefused(
                    () -> tensor(dtype, feature),
                    Reason.TENSOR_DTYPE_MISMATCH,
                    "input.example_list.examples[0]",
                    "examples[0]: feature 'x' has a ",
                    "the input is " + dtype + ", which comes in " + right));
  }

  @Test
  void aFeatureWithoutAList_hasNoValues() {
    Signature flat = new Signature(List.of(TensorSpec.of("x", DataType.FP32, -1)), List.of());
    Input input = list(example("x", Feature.getDefaultInstance()));

    Refusals.assertRefused(
        () -> new TensorFlowExamples(input, 1_000).rows(flat),
        Reason.TENSOR_SHAPE_MISMATCH,
        "input.example_list.examples[0]",
        "feature 'x' has 0 values, but 1 are needed");
  }

  @Test
  void aContext_standsForAllExamples() {
    Signature two =
        new Signature(
            List.of(
                TensorSpec.of("query", DataType.BYTES, -1),
                TensorSpec.of("price", DataType.FP32, -1)),
            List.of());
    Input input =
        Input.newBuilder()
            .setExampleListWithContext(
                ExampleListWithContext.newBuilder()
                    .setContext(example("query", texts("pizza")))
                    .addExamples(example("price", floats(9)))
                    .addExamples(example("price", floats(7))))
            .build();

    List<Tensor> tensors = new TensorFlowExamples(input, 1_000).rows(two).tensors();

    assertThat(BytesElements.decode(tensors.get(0).data(), 2))
        .extracting(text -> new String(text, StandardCharsets.UTF_8))
        .containsExactly("pizza", "pizza");
    assertThat(tensors.get(1).data().getFloat(Float.BYTES)).isEqualTo(7);
  }

  @Test
  void noInput_isRefused() {
    Refusals.assertRefused(
        () -> new TensorFlowExamples(Input.getDefaultInstance(), 1_000).rows(x(DataType.FP32)),
        Reason.REQUEST_MALFORMED,
        "input",
        "send example_list");
    Refusals.assertRefused(
        () -> new TensorFlowExamples(list(), 1_000).rows(x(DataType.FP32)).tensors(),
        Reason.REQUEST_MALFORMED,
        "input.example_list.examples",
        "give one or more");
  }

  @Test
  void featuresThatTheModelHasNoInputFor_arePassedOver() {
    Example example =
        Example.newBuilder()
            .setFeatures(
                Features.newBuilder()
                    .putFeature("id", texts("a-7"))
                    .putFeature("x", floats(1.5))
                    .putFeature("weight", wholes(1, 2, 3)))
            .build();

    List<Tensor> tensors =
        new TensorFlowExamples(list(example, example), 1_000).rows(x(DataType.FP32)).tensors();

    assertThat(tensors).hasSize(1);
    assertThat(hexadecimal(tensors.get(0))).isEqualTo("0000c03f0000c03f");
  }
}
