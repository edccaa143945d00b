package io.millrace.server.grpc;

import static io.millrace.v1.DataType.DT_BF16;
import static io.millrace.v1.DataType.DT_BOOL;
import static io.millrace.v1.DataType.DT_BYTES;
import static io.millrace.v1.DataType.DT_FP16;
import static io.millrace.v1.DataType.DT_FP32;
import static io.millrace.v1.DataType.DT_FP64;
import static io.millrace.v1.DataType.DT_INT16;
import static io.millrace.v1.DataType.DT_INT32;
import static io.millrace.v1.DataType.DT_INT64;
import static io.millrace.v1.DataType.DT_INT8;
import static io.millrace.v1.DataType.DT_UINT16;
import static io.millrace.v1.DataType.DT_UINT32;
import static io.millrace.v1.DataType.DT_UINT64;
import static io.millrace.v1.DataType.DT_UINT8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.v1.DataType;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tensors of a request, in every type and form. */
class PredictTensorTest {
  private static io.millrace.v1.Tensor.Builder tensor(DataType dtype, long... shape) {
    io.millrace.v1.Tensor.Builder tensor =
        io.millrace.v1.Tensor.newBuilder().setName("x").setDtype(dtype);
    for (long size : shape) {
      tensor.addShape(size);
    }
    return tensor;
  }

  private static ByteString bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return ByteString.copyFrom(bytes);
  }

  private static ByteString decode(io.millrace.v1.Tensor wire) {
    return ByteString.copyFrom(PredictCodec.tensor("inputs[0]", wire).data());
  }

  private static void assertRefused(
      io.millrace.v1.Tensor.Builder wire, Reason reason, String field, String... texts) {
    Refusals.assertRefused(
        () -> PredictCodec.tensor("inputs[0]", wire.build()), reason, field, texts);
  }

  /** A typed message and the bytes that it stands for. */
  record Typed(io.millrace.v1.Tensor.Builder wire, ByteString expected) {}

  static List<Typed> everyTypeAsList() {
    return List.of(
        new Typed(tensor(DT_BOOL, 2).addBoolVal(true).addBoolVal(false), bytes(1, 0)),
        new Typed(
            tensor(DT_INT8, 3).addIntVal(-128).addIntVal(-1).addIntVal(127), bytes(128, 255, 127)),
        new Typed(tensor(DT_INT16, 2).addIntVal(-32768).addIntVal(32767), bytes(0, 128, 255, 127)),
        new Typed(tensor(DT_INT32, 1).addIntVal(Integer.MIN_VALUE), bytes(0, 0, 0, 128)),
        new Typed(tensor(DT_INT64, 1).addIntVal(Long.MIN_VALUE), bytes(0, 0, 0, 0, 0, 0, 0, 128)),
        new Typed(tensor(DT_UINT8, 2).addUintVal(0).addUintVal(255), bytes(0, 255)),
        new Typed(tensor(DT_UINT16, 1).addUintVal(65534), bytes(254, 255)),
        new Typed(tensor(DT_UINT32, 1).addUintVal(0xFFFF_FFFEL), bytes(254, 255, 255, 255)),
        new Typed(
            tensor(DT_UINT64, 1).addUintVal(-2), bytes(254, 255, 255, 255, 255, 255, 255, 255)),
        new Typed(tensor(DT_FP16, 2).addFp32Val(1).addFp32Val(-2), bytes(0, 0x3C, 0, 0xC0)),
        new Typed(tensor(DT_BF16, 2).addFp32Val(1).addFp32Val(-2), bytes(0x80, 0x3F, 0, 0xC0)),
        new Typed(tensor(DT_FP32, 1).addFp32Val(1), bytes(0, 0, 0x80, 0x3F)),
        new Typed(tensor(DT_FP64, 1).addFp64Val(-2), bytes(0, 0, 0, 0, 0, 0, 0, 0xC0)),
        new Typed(
            tensor(DT_BYTES, 2).addBytesVal(bytes(7, 8)).addBytesVal(ByteString.EMPTY),
            bytes(2, 0, 0, 0, 7, 8, 0, 0, 0, 0)));
  }

  @ParameterizedTest
  @MethodSource("everyTypeAsList")
  void valuesInTheListOfTheirType_becomeLittleEndianBytes(Typed typed) {
    assertThat(decode(typed.wire().build())).isEqualTo(typed.expected());
  }

  @ParameterizedTest
  @MethodSource("everyTypeAsList")
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
  @MethodSource("everyTypeAsList")
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
  @MethodSource("everyTypeAsList")
  void rawAndTypedTogether_areRefused(Typed typed) {
    io.millrace.v1.Tensor.Builder both = typed.wire().clone().setRaw(typed.expected());

    assertRefused(both, Reason.REQUEST_MALFORMED, "inputs[0].raw", "both in raw and in a typed");
  }

  @ParameterizedTest
  @MethodSource("everyTypeAsList")
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

  @Test
  void valuesOutOfTheRangeOfANarrowType_areRefusedWithTensorValueAndRange() {
    assertRefused(
        tensor(DT_UINT8, 2).addUintVal(1).addUintVal(300),
        Reason.TENSOR_DTYPE_MISMATCH,
        "inputs[0].uint_val[1]",
        "UINT8 values are 0 to 255, got 300");
    assertRefused(
        tensor(DT_INT8, 1).addIntVal(-129),
        Reason.TENSOR_DTYPE_MISMATCH,
        "inputs[0].int_val[0]",
        "-128 to 127, got -129");
    assertRefused(
        tensor(DT_INT16, 1).addIntVal(32768),
        Reason.TENSOR_DTYPE_MISMATCH,
        "inputs[0].int_val[0]",
        "got 32768");
    assertRefused(
        tensor(DT_INT32, 1).addIntVal(1L << 31),
        Reason.TENSOR_DTYPE_MISMATCH,
        "inputs[0].int_val[0]",
        "got 2147483648");
    assertRefused(
        tensor(DT_UINT16, 1).addUintVal(65536),
        Reason.TENSOR_DTYPE_MISMATCH,
        "inputs[0].uint_val[0]",
        "0 to 65535");
    assertRefused(
        tensor(DT_UINT32, 1).addUintVal(-1),
        Reason.TENSOR_DTYPE_MISMATCH,
        "inputs[0].uint_val[0]",
        "0 to 4294967295, got 18446744073709551615");
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
