package io.millrace.server.grpc;

import static io.millrace.server.grpc.TensorFlowSamples.bytes;
import static io.millrace.server.grpc.TensorFlowSamples.decode;
import static io.millrace.server.grpc.TensorFlowSamples.shape;
import static io.millrace.server.grpc.TensorFlowSamples.tensor;
import static io.millrace.server.grpc.TensorFlowSamples.values;
import static io.millrace.tensorflow.DataType.DT_BFLOAT16;
import static io.millrace.tensorflow.DataType.DT_HALF;
import static io.millrace.tensorflow.DataType.DT_INT16;
import static io.millrace.tensorflow.DataType.DT_INT8;
import static io.millrace.tensorflow.DataType.DT_STRING;
import static io.millrace.tensorflow.DataType.DT_UINT16;
import static io.millrace.tensorflow.DataType.DT_UINT8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.tensorflow.TensorProto;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tensors of TensorFlow's clients, in every type and form. */
final class TensorFlowTensorsTest {
  static List<TensorFlowSamples.Typed> everyType() {
    return TensorFlowSamples.everyType();
  }

  @Test
  void theList_coversEveryTypeThereIs() {
    assertThat(everyType())
        .extracting(typed -> typed.wire().getDtype())
        .containsExactlyInAnyOrderElementsOf(
            List.of(io.millrace.server.model.DataType.values()).stream()
                .map(TensorFlowTypes::toWire)
                .toList());
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void valuesInTheListOfTheirType_becomeLittleEndianBytes(TensorFlowSamples.Typed typed) {
    Tensor decoded = decode(typed.wire());

    assertThat(decoded.name()).isEqualTo("x");
    assertThat(decoded.shape()).isEqualTo(Shape.of(2));
    assertThat(TensorFlowTypes.toWire(decoded.dtype())).isEqualTo(typed.wire().getDtype());
    assertThat(ByteString.copyFrom(decoded.data())).isEqualTo(typed.raw());
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void aListShorterThanTheShape_repeatsItsLastValue(TensorFlowSamples.Typed typed) {
    TensorProto.Builder short7 = typed.wire().clone().setTensorShape(shape(7));
    ByteString expected = typed.raw();
    for (int i = 2; i < 7; i++) {
      expected = expected.concat(typed.last());
    }

    assertThat(values(short7)).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void aTensorWithoutValues_isFilledWithZeros(TensorFlowSamples.Typed typed) {
    Tensor decoded = decode(tensor(typed.wire().getDtype(), 3, 2));

    assertThat(decoded.elements()).isEqualTo(6);
    assertThat(ByteString.copyFrom(decoded.data()))
        .isEqualTo(ByteString.copyFrom(new byte[decoded.byteCount()]));
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void noElements_needNoValues(TensorFlowSamples.Typed typed) {
    Tensor decoded = decode(tensor(typed.wire().getDtype(), 0, 4));

    assertThat(decoded.shape()).isEqualTo(Shape.of(0, 4));
    assertThat(decoded.byteCount()).isZero();
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void aScalar_hasNoDimensions(TensorFlowSamples.Typed typed) {
    TensorProto full = typed.wire().build();
    TensorProto.Builder scalar = TensorProto.newBuilder().setDtype(full.getDtype());
    full.getAllFields()
        .forEach(
            (field, values) -> {
              if (field.isRepeated()) {
                scalar.addRepeatedField(field, ((List<?>) values).get(1));
              }
            });

    Tensor decoded = decode(scalar);

    assertThat(decoded.shape()).isEqualTo(Shape.of());
    assertThat(ByteString.copyFrom(decoded.data())).isEqualTo(typed.last());
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void theSameBytesInTensorContent_areTakenAsTheyAre(TensorFlowSamples.Typed typed) {
    if (typed.wire().getDtype() != DT_STRING) {
      assertThat(values(tensor(typed.wire().getDtype(), 2).setTensorContent(typed.raw())))
          .isEqualTo(typed.raw());
    }
  }

  @Test
  void textsInTensorContent_areTheirLengthsAndThenAllTexts() {
    assertThat(values(tensor(DT_STRING, 3).setTensorContent(bytes("020001" + "0708" + "09"))))
        .isEqualTo(bytes("02000000" + "0708" + "00000000" + "01000000" + "09"));

    String longText = "61".repeat(200);
    assertThat(values(tensor(DT_STRING, 1).setTensorContent(bytes("c801" + longText))))
        .isEqualTo(bytes("c8000000" + longText));
  }

  /** Java and Scala have no bytes and shorts without a sign, and TensorFlow keeps the bits. */
  @Test
  void negativeNumbersOfTypesWithoutASign_areTheirBits() {
    assertThat(values(tensor(DT_UINT8, 3).addIntVal(-128).addIntVal(-1).addIntVal(255)))
        .isEqualTo(bytes("80" + "ff" + "ff"));
    assertThat(values(tensor(DT_UINT16, 2).addIntVal(-32768).addIntVal(-2)))
        .isEqualTo(bytes("0080" + "feff"));
    assertThat(values(tensor(DT_HALF, 2).addHalfVal(-0x4000).addHalfVal(0xC000)))
        .isEqualTo(bytes("00c0" + "00c0"));
    assertThat(values(tensor(DT_BFLOAT16, 1).addHalfVal(-0x4000))).isEqualTo(bytes("00c0"));
  }

  @Test
  void numbersAboveTheMiddleOfTypesWithASign_areTheirBits() {
    assertThat(values(tensor(DT_INT8, 2).addIntVal(128).addIntVal(255)))
        .isEqualTo(bytes("80" + "ff"));
    assertThat(values(tensor(DT_INT16, 1).addIntVal(65535))).isEqualTo(bytes("ffff"));
  }

  @Test
  void valuesThatTheMessageDoesNotSpellOut_areCountedBeforeTheyAreMade() {
    TensorFlowTensors tensors = new TensorFlowTensors(TensorFlowSamples.MAX_BYTES);
    tensors.add("inputs['a']", "a", tensor(DT_UINT8, 2).addIntVal(1).addIntVal(2).build());
    tensors.add("inputs['b']", "b", tensor(DT_UINT16, 1).setTensorContent(bytes("0102")).build());
    assertThat(tensors.newBytes()).isZero();

    tensors.add("inputs['c']", "c", tensor(DT_UINT16, 300).build());
    tensors.add("inputs['d']", "d", tensor(DT_STRING, 3).addStringVal(bytes("07")).build());
    tensors.add("inputs['e']", "e", tensor(DT_STRING, 2).setTensorContent(bytes("0000")).build());

    assertThat(tensors.newBytes()).isEqualTo(2 * 300 + 3 * 5 + 2 * 4);
    assertThat(tensors.tensors()).extracting(Tensor::byteCount).containsExactly(2, 2, 600, 15, 8);
    assertThat(tensors.heads())
        .extracting(TensorCodec.Head::name)
        .containsExactly("a", "b", "c", "d", "e");
  }
}
