package io.millrace.server.grpc;

import static io.millrace.server.grpc.PredictSamples.bytes;
import static io.millrace.server.grpc.PredictSamples.tensor;
import static io.millrace.v1.DataType.DT_BOOL;
import static io.millrace.v1.DataType.DT_BYTES;
import static io.millrace.v1.DataType.DT_FP16;
import static io.millrace.v1.DataType.DT_FP32;
import static io.millrace.v1.DataType.DT_UINT8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.TextFormat;
import com.google.protobuf.TextFormat.ParseException;
import io.millrace.server.grpc.PredictSamples.Typed;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.v1.DataType;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The tensors of a request, in every type and form. */
final class PredictTensorTest {
  private static ByteString decode(io.millrace.v1.Tensor wire) {
    return ByteString.copyFrom(PredictCodec.tensor("inputs[0]", wire).data());
  }

  private static void assertRefused(
      io.millrace.v1.Tensor.Builder wire, Reason reason, String field, String... texts) {
    Refusals.assertRefused(
        () -> PredictCodec.tensor("inputs[0]", wire.build()), reason, field, texts);
  }

  static List<Typed> everyType() {
    return PredictSamples.everyType();
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void valuesInTheListOfTheirType_becomeLittleEndianBytes(Typed typed) {
    assertThat(decode(typed.wire().build())).isEqualTo(typed.expected());
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void theSameBytesRaw_areTakenAsTheyAre(Typed typed) {
    io.millrace.v1.Tensor raw =
        io.millrace.v1.Tensor.newBuilder()
            .setName("x")
            .setDtype(typed.wire().getDtype())
            .addAllShape(typed.wire().getShapeList())
            .setRaw(typed.expected())
            .build();

    assertThat(decode(raw)).isEqualTo(typed.expected());
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void rawBytesOneTooFewOrTooMany_areRefused(Typed typed) {
    ByteString exact = typed.expected();
    for (ByteString wrong : List.of(exact.substring(1), exact.concat(bytes(0)))) {
      io.millrace.v1.Tensor.Builder raw =
          tensor(typed.wire().getDtype()).addAllShape(typed.wire().getShapeList()).setRaw(wrong);
      assertRefused(
          raw, Reason.TENSOR_SIZE_MISMATCH, "inputs[0].raw", Integer.toString(wrong.size()));
    }
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void rawAndTypedTogether_areRefused(Typed typed) {
    io.millrace.v1.Tensor.Builder both = typed.wire().clone().setRaw(typed.expected());

    assertRefused(both, Reason.REQUEST_MALFORMED, "inputs[0].raw", "both in raw and in a typed");
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void noValuesForAShapeThatHasSome_areRefused(Typed typed) {
    io.millrace.v1.Tensor.Builder empty =
        tensor(typed.wire().getDtype()).addAllShape(typed.wire().getShapeList());
    Refusals.assertRefusedSaying(
        () -> PredictCodec.tensor("inputs[0]", empty.build()),
        Reason.TENSOR_SIZE_MISMATCH,
        "got 0");
  }

  @Test
  void rawBytes_becomeAViewAndNotACopy() {
    byte[] memory = new byte[8];
    ByteString raw = com.google.protobuf.UnsafeByteOperations.unsafeWrap(memory);
    Tensor decoded = PredictCodec.tensor("inputs[0]", tensor(DT_FP32, 2).setRaw(raw).build());

    memory[3] = 0x40;

    assertThat(decoded.data().getFloat(0)).isEqualTo(2f);
    assertThat(decoded.data().isReadOnly()).isTrue();
  }

  @Test
  void aTensorWithoutElements_needsNoValues() {
    Tensor decoded = PredictCodec.tensor("inputs[0]", tensor(DT_BYTES, 0, 64).build());

    assertThat(decoded.shape()).isEqualTo(Shape.of(0, 64));
    assertThat(decoded.data().remaining()).isZero();
  }

  @Test
  void aTensorWithoutElementsButWithValues_isRefused() {
    assertRefused(
        tensor(DT_FP32, 0).addFp32Val(1),
        Reason.TENSOR_SIZE_MISMATCH,
        "inputs[0].fp32_val",
        "got 1");
    assertRefused(
        tensor(DT_BYTES, 0).setRaw(bytes(0, 0, 0, 0)),
        Reason.TENSOR_SIZE_MISMATCH,
        "inputs[0].raw");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          DT_UINT8  | 2 | uint_val: [1, 300]             | uint_val[1] | UINT8 values are 0 to 255, got 300
          DT_INT8   | 1 | int_val: -129                  | int_val[0]  | -128 to 127, got -129
          DT_INT16  | 1 | int_val: 32768                 | int_val[0]  | got 32768
          DT_INT32  | 1 | int_val: 2147483648            | int_val[0]  | got 2147483648
          DT_UINT16 | 1 | uint_val: 65536                | uint_val[0] | 0 to 65535
          DT_UINT32 | 1 | uint_val: 18446744073709551615 | uint_val[0] | 0 to 4294967295, got 18446744073709551615
          """)
  void valuesOutOfTheRangeOfANarrowType_areRefusedWithTensorValueAndRange(
      DataType dtype, long size, String values, String field, String words) throws ParseException {
    io.millrace.v1.Tensor.Builder wire = tensor(dtype, size);
    TextFormat.merge(values, wire);

    assertRefused(wire, Reason.TENSOR_DTYPE_MISMATCH, "inputs[0]." + field, words);
  }

  @Test
  void valuesInTheListOfAnotherType_areRefusedNamingBoth() {
    assertRefused(
        tensor(DT_UINT8, 2).addUintVal(1).addUintVal(2).addIntVal(3),
        Reason.TENSOR_DTYPE_MISMATCH,
        "inputs[0].int_val",
        "inputs[0].int_val has values",
        "inputs[0].uint_val holds the UINT8 values");
    assertRefused(
        tensor(DT_FP16, 1).addFp64Val(1),
        Reason.TENSOR_DTYPE_MISMATCH,
        "inputs[0].fp64_val",
        "inputs[0].fp32_val holds the FP16 values");
  }

  @Test
  void boolBytesOtherThanZeroAndOne_areRefusedWithTheirPlace() {
    byte[] flags = new byte[21];
    for (int bad : new int[] {0, 7, 8, 15, 16, 20}) {
      for (byte value : new byte[] {2, (byte) 0x80, -1}) {
        flags[bad] = value;
        assertRefused(
            tensor(DT_BOOL, 21).setRaw(ByteString.copyFrom(flags)),
            Reason.REQUEST_MALFORMED,
            "inputs[0].raw",
            "byte " + bad + " of a BOOL tensor is 0 or 1, got " + (value & 0xFF));
        flags[bad] = 1;
      }
    }
    assertThat(decode(tensor(DT_BOOL, 21).setRaw(ByteString.copyFrom(flags)).build()).size())
        .isEqualTo(21);
  }

  @Test
  void bytesElementsWhoseLengthsLie_areRefused() {
    for (ByteString lie :
        List.of(
            bytes(3, 0, 0, 0, 1, 2),
            bytes(255, 255, 255, 255, 1),
            bytes(255, 255, 255, 127, 1),
            bytes(0, 0, 0, 128),
            bytes(0, 0))) {
      assertRefused(
          tensor(DT_BYTES, 1).setRaw(lie),
          Reason.TENSOR_SIZE_MISMATCH,
          "inputs[0].raw",
          "element 0");
    }
  }

  @Test
  void encodedBytesElements_passTheCheckThatDecodingMakes() {
    ByteBuffer encoded = BytesElements.encode(List.of(new byte[3], new byte[0], new byte[300]));

    Tensor decoded =
        PredictCodec.tensor(
            "inputs[0]", tensor(DT_BYTES, 3).setRaw(ByteString.copyFrom(encoded)).build());

    assertThat(BytesElements.decode(decoded.data(), 3)).hasSize(3);
  }

  @Test
  void anUnsetOrUnknownType_isRefusedWithTheNamesThereAre() {
    assertRefused(
        tensor(DataType.DT_UNSPECIFIED, 1),
        Reason.TENSOR_DTYPE_MISMATCH,
        "inputs[0].dtype",
        "not set",
        "DT_FP32, DT_FP64");
    assertRefused(
        tensor(DT_FP32, 1).setDtypeValue(99),
        Reason.TENSOR_DTYPE_MISMATCH,
        "inputs[0].dtype",
        "number 99",
        "DT_BYTES");
    assertRefused(
        tensor(DT_FP32, 1).setDtypeValue(-1),
        Reason.TENSOR_DTYPE_MISMATCH,
        "inputs[0].dtype",
        "number -1");
  }
}
