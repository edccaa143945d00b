package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PredictBodyTest {
  private static final int LIMIT = 8 << 20;

  private static Signature one(DataType type) {
    return new Signature(List.of(TensorSpec.of("x", type, -1)), List.of());
  }

  private static final Signature TWO =
      new Signature(
          List.of(TensorSpec.of("a", DataType.INT64, -1), TensorSpec.of("b64", DataType.BYTES, -1)),
          List.of());

  private static PredictBody read(Signature signature, String body) {
    return PredictBody.read(new JsonText(ByteString.copyFromUtf8(body)), signature, LIMIT);
  }

  private static Tensor tensor(DataType type, String body) {
    return read(one(type), body).inputs().get(0);
  }

  private static ServingException refused(Signature signature, String body) {
    return catchThrowableOfType(ServingException.class, () -> read(signature, body));
  }

  private static String nested(int lists) {
    return "{\"other\": %s%s, \"instances\": [1]}".formatted("[".repeat(lists), "]".repeat(lists));
  }

  @Test
  void jsonOfThousandLevels_isReadAndOneMoreIsRefused() {
    assertThat(read(one(DataType.INT32), nested(JsonText.MAX_DEPTH - 1)).inputs()).hasSize(1);
    ServingException refusal = refused(one(DataType.INT32), nested(JsonText.MAX_DEPTH));
    assertThat(refusal.reason()).isEqualTo(Reason.REQUEST_MALFORMED);
    assertThat(refusal).hasMessageContaining("1000");
  }

  @Test
  void valuesNestedDeeperThanAnyShape_areRefused() {
    String body = "{\"inputs\": " + "[".repeat(17) + "1" + "]".repeat(17) + "}";

    assertThat(refused(one(DataType.INT32), body).reason()).isEqualTo(Reason.TENSOR_SHAPE_MISMATCH);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "INT64 | 9007199254740993 | 9007199254740993",
        "INT64 | -9223372036854775808 | -9223372036854775808",
        "INT64 | -0 | 0",
        "INT8 | -128 | -128",
        "UINT64 | 9223372036854775808 | -9223372036854775808",
      })
  void aWholeNumber_isExact(DataType type, String written, long value) {
    Tensor tensor = tensor(type, "{\"inputs\": [" + written + "]}");

    long read = type == DataType.INT8 ? tensor.data().get() : tensor.data().getLong();
    assertThat(read).isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource({
    "INT8, 128",
    "INT16, 32768",
    "UINT8, 256",
    "UINT8, -1",
    "UINT16, 65536",
    "UINT32, 4294967296",
    "INT64, 9223372036854775808",
    "UINT64, 18446744073709551616",
    "UINT64, -1",
    "INT64, 1.0",
    "INT32, 1e0",
    "INT32, true",
    "BOOL, 0",
    "FP32, null",
    "FP64, \"1\"",
    "INT64, 99999999999999999999999999",
    "BYTES, 5",
    "INT32, {}"
  })
  void aValueThatTheTypeCannotHold_isRefusedByItsPlace(DataType type, String written) {
    ServingException refusal = refused(one(type), "{\"instances\": [[" + written + "]]}");

    assertThat(refusal.reason()).isEqualTo(Reason.TENSOR_DTYPE_MISMATCH);
    assertThat(refusal).hasMessageContaining(type.name()).hasMessageContaining("instances[0]");
  }

  @ParameterizedTest
  @CsvSource({"-0", "-0.0", "-0e5", "-1e-60"})
  void minusZero_keepsItsSign(String written) {
    float single = tensor(DataType.FP32, "{\"inputs\": [" + written + "]}").data().getFloat();

    assertThat(Float.floatToRawIntBits(single)).isEqualTo(Float.floatToRawIntBits(-0f));
  }

  @ParameterizedTest
  @CsvSource({"Infinity, Infinity", "-Infinity, -Infinity", "NaN, NaN"})
  void whatIsNoFiniteNumber_isReadWhereItIsWritten(String written, float value) {
    float single = tensor(DataType.FP32, "{\"inputs\": [" + written + "]}").data().getFloat();

    assertThat(Float.valueOf(single)).isEqualTo(Float.valueOf(value));
  }

  @Test
  void halfFloats_haveNoFormInJson() {
    for (DataType type : List.of(DataType.FP16, DataType.BF16)) {
      assertThat(refused(one(type), "{\"instances\": [1]}").reason())
          .isEqualTo(Reason.UNSUPPORTED_OPERATION);
    }
  }

  @Test
  void aNumberOfManyDigits_isReadAsAFloatAndRefusedAsAnInteger() {
    String digits = "1".repeat(20_000);

    assertThat(tensor(DataType.FP64, "{\"inputs\": [" + digits + "]}").data().getDouble())
        .isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(tensor(DataType.FP32, "{\"inputs\": [0." + digits + "]}").data().getFloat())
        .isEqualTo(1f / 9);
    assertThat(refused(one(DataType.INT64), "{\"inputs\": [" + digits + "]}").reason())
        .isEqualTo(Reason.TENSOR_DTYPE_MISMATCH);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'instances': [1], 'instances': [2]}",
        "{'inputs': [1], 'inputs': [2]}",
        "{'signature_name': '', 'signature_name': '', 'instances': [2]}",
        "{'instances': [{'x': 1, 'x': 2}]}",
        "{'inputs': {'x': 1, 'x': 2}}",
        "{'signature_name': 'other', 'instances': [2]}",
        "{'instances': [1,]}",
        "{'instances': [1}",
        "{'instances' [1]}",
        "{'instances': [{}]}",
        "{'inputs': {}}",
      })
  void aBodyThatSaysAThingTwiceOrBreaksTheGrammar_isRefused(String body) {
    assertThat(refused(one(DataType.INT32), body.replace('\'', '"'))).isNotNull();
  }

  @Test
  void aFaultInTheText_isToldWithItsPlaceAndWithoutOurClasses() {
    ServingException refusal = refused(one(DataType.INT32), "{\"instances\":\n [1, x]}");

    assertThat(refusal)
        .hasMessageStartingWith("the body is no JSON at line 2, column")
        .message()
        .doesNotContain("Source", "jackson", "io.", "com.");
  }

  @Test
  void text_keepsItsCharacters() {
    Tensor tensor =
        tensor(DataType.BYTES, "{\"inputs\": [\"Gr\u00fc\u00dfe\", \"\\ud83d\\ude00\"]}");

    assertThat(BytesElements.decode(tensor.data(), 2))
        .extracting(bytes -> new String(bytes, StandardCharsets.UTF_8))
        .containsExactly("Gr\u00fc\u00dfe", "\ud83d\ude00");
  }

  @Test
  void halfACharacter_isRefused() {
    assertThat(refused(one(DataType.BYTES), "{\"inputs\": [\"\\ud83d\"]}"))
        .hasMessageContaining("inputs[0]")
        .hasMessageContaining("surrogate");
  }

  @Test
  void anInputNamedLikeTheBase64Key_isAnInputIfThereAreSeveral() {
    PredictBody body =
        read(TWO, "{\"instances\": [{\"b64\": \"a\", \"a\": 1}, {\"a\": 2, \"b64\": \"b\"}]}");

    assertThat(body.inputs()).extracting(Tensor::shape).containsOnly(Shape.of(2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[[1, 2], [3]] | instances[1]",
        "[[[1], [2]], [[3], [4, 5]]] | instances[1][1]",
        "[[], [1]] | instances[1]",
        "[[], [[]]] | instances[1]",
        "[1, [2]] | instances[1]",
      })
  void raggedLists_areRefusedAtThePlaceThatDiffers(String rows, String place) {
    ServingException refusal = refused(one(DataType.INT32), "{\"instances\": " + rows + "}");

    assertThat(refusal.reason()).isEqualTo(Reason.TENSOR_SHAPE_MISMATCH);
    assertThat(refusal.violations().get(0).field()).startsWith(place);
  }

  @Test
  void emptyLists_haveTheirShape() {
    assertThat(tensor(DataType.FP32, "{\"inputs\": [[], []]}").shape()).isEqualTo(Shape.of(2, 0));
    assertThat(tensor(DataType.FP32, "{\"instances\": [[[]], [[]]]}").shape())
        .isEqualTo(Shape.of(2, 1, 0));
  }

  @Test
  void anImageOfFloats_isReadValueByValue() {
    float[] pixels = new float[3 * 224 * 224];
    Random random = new Random(1);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat();
    }

    Tensor tensor = tensor(DataType.FP32, "{\"instances\": [" + Arrays.toString(pixels) + "]}");

    float[] read = new float[pixels.length];
    tensor.data().asFloatBuffer().get(read);
    assertThat(read).isEqualTo(pixels);
  }

  @Test
  void aTensorAboveTheLimit_isRefusedWithTheLimit() {
    String body = "{\"inputs\": [" + "1,".repeat(2_000) + "1]}";

    ServingException refusal =
        catchThrowableOfType(
            ServingException.class,
            () ->
                PredictBody.read(
                    new JsonText(ByteString.copyFromUtf8(body)), one(DataType.FP64), 10_000));

    assertThat(refusal.reason()).isEqualTo(Reason.MESSAGE_TOO_LARGE);
    assertThat(refusal.subject()).containsEntry("limitBytes", "10000");
  }
}
