package io.millrace.server.grpc;

import static io.millrace.tensorflow.DataType.DT_BFLOAT16;
import static io.millrace.tensorflow.DataType.DT_BOOL;
import static io.millrace.tensorflow.DataType.DT_DOUBLE;
import static io.millrace.tensorflow.DataType.DT_FLOAT;
import static io.millrace.tensorflow.DataType.DT_HALF;
import static io.millrace.tensorflow.DataType.DT_INT16;
import static io.millrace.tensorflow.DataType.DT_INT32;
import static io.millrace.tensorflow.DataType.DT_INT64;
import static io.millrace.tensorflow.DataType.DT_INT8;
import static io.millrace.tensorflow.DataType.DT_INVALID;
import static io.millrace.tensorflow.DataType.DT_STRING;
import static io.millrace.tensorflow.DataType.DT_UINT16;
import static io.millrace.tensorflow.DataType.DT_UINT32;
import static io.millrace.tensorflow.DataType.DT_UINT64;
import static io.millrace.tensorflow.DataType.DT_UINT8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.tensorflow.DataType;
import io.millrace.tensorflow.TensorProto;
import io.millrace.tensorflow.TensorShapeProto;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tensors of TensorFlow's clients, in every type and form. */
final class TensorFlowTensorsTest {
  private static final int MAX_BYTES = 1_000;
  private static final String PATH = "inputs['x']";

  private static TensorProto.Builder tensor(DataType dtype, long... shape) {
    return TensorProto.newBuilder().setDtype(dtype).setTensorShape(shape(shape));
  }

  private static TensorShapeProto.Builder shape(long... sizes) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long size : sizes) {
      shape.addDimBuilder().setSize(size);
    }
    return shape;
  }

  private static ByteString bytes(String hexadecimal) {
    return ByteString.copyFrom(HexFormat.of().parseHex(hexadecimal));
  }

  private static Tensor decode(TensorProto.Builder wire) {
    return new TensorFlowTensors(MAX_BYTES).decode(PATH, "x", wire.build());
  }

  private static ByteString values(TensorProto.Builder wire) {
    return ByteString.copyFrom(decode(wire).data());
  }

  private static void assertRefused(
      TensorProto.Builder wire, Reason reason, String field, String... texts) {
    Refusals.assertRefused(() -> decode(wire), reason, PATH + field, texts);
  }

  /**
   * Two values in the list of their type.
   *
   * @param raw the same as they are held here
   * @param last the last of them
   */
  record Typed(TensorProto.Builder wire, ByteString raw, ByteString last) {
    @Override
    public String toString() {
      return wire.getDtype().name();
    }
  }

  private static Typed typed(TensorProto.Builder wire, String first, String last) {
    return new Typed(wire, bytes(first + last), bytes(last));
  }

  static List<Typed> everyType() {
    return List.of(
        typed(tensor(DT_BOOL, 2).addBoolVal(false).addBoolVal(true), "00", "01"),
        typed(tensor(DT_INT8, 2).addIntVal(-128).addIntVal(127), "80", "7f"),
        typed(tensor(DT_INT16, 2).addIntVal(-32768).addIntVal(32767), "0080", "ff7f"),
        typed(
            tensor(DT_INT32, 2).addIntVal(Integer.MIN_VALUE).addIntVal(Integer.MAX_VALUE),
            "00000080",
            "ffffff7f"),
        typed(
            tensor(DT_INT64, 2).addInt64Val(Long.MIN_VALUE).addInt64Val(Long.MAX_VALUE),
            "0000000000000080",
            "ffffffffffffff7f"),
        typed(tensor(DT_UINT8, 2).addIntVal(0).addIntVal(255), "00", "ff"),
        typed(tensor(DT_UINT16, 2).addIntVal(1).addIntVal(65535), "0100", "ffff"),
        typed(tensor(DT_UINT32, 2).addUint32Val(1).addUint32Val(-2), "01000000", "feffffff"),
        typed(
            tensor(DT_UINT64, 2).addUint64Val(1).addUint64Val(-2),
            "0100000000000000",
            "feffffffffffffff"),
        typed(tensor(DT_HALF, 2).addHalfVal(0x3C00).addHalfVal(0xC000), "003c", "00c0"),
        typed(tensor(DT_BFLOAT16, 2).addHalfVal(0x3F80).addHalfVal(0xC000), "803f", "00c0"),
        typed(tensor(DT_FLOAT, 2).addFloatVal(1).addFloatVal(-2), "0000803f", "000000c0"),
        typed(
            tensor(DT_DOUBLE, 2).addDoubleVal(1).addDoubleVal(-2),
            "000000000000f03f",
            "00000000000000c0"),
        typed(
            tensor(DT_STRING, 2).addStringVal(ByteString.EMPTY).addStringVal(bytes("0708ff")),
            "00000000",
            "030000000708ff"));
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
  void valuesInTheListOfTheirType_becomeLittleEndianBytes(Typed typed) {
    Tensor decoded = decode(typed.wire());

    assertThat(decoded.name()).isEqualTo("x");
    assertThat(decoded.shape()).isEqualTo(Shape.of(2));
    assertThat(TensorFlowTypes.toWire(decoded.dtype())).isEqualTo(typed.wire().getDtype());
    assertThat(ByteString.copyFrom(decoded.data())).isEqualTo(typed.raw());
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void aListShorterThanTheShape_repeatsItsLastValue(Typed typed) {
    TensorProto.Builder short7 = typed.wire().clone().setTensorShape(shape(7));
    ByteString expected = typed.raw();
    for (int i = 2; i < 7; i++) {
      expected = expected.concat(typed.last());
    }

    assertThat(values(short7)).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void aTensorWithoutValues_isFilledWithZeros(Typed typed) {
    Tensor decoded = decode(tensor(typed.wire().getDtype(), 3, 2));

    assertThat(decoded.elements()).isEqualTo(6);
    assertThat(ByteString.copyFrom(decoded.data()))
        .isEqualTo(ByteString.copyFrom(new byte[decoded.byteCount()]));
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void aListLongerThanTheShape_isRefusedWithBothNumbers(Typed typed) {
    Refusals.assertRefusedSaying(
        () -> decode(typed.wire().clone().setTensorShape(shape(1))),
        Reason.TENSOR_SIZE_MISMATCH,
        "takes 1 values, got 2");
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void noElements_needNoValues(Typed typed) {
    Tensor decoded = decode(tensor(typed.wire().getDtype(), 0, 4));

    assertThat(decoded.shape()).isEqualTo(Shape.of(0, 4));
    assertThat(decoded.byteCount()).isZero();
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void aScalar_hasNoDimensions(Typed typed) {
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
  void theSameBytesInTensorContent_areTakenAsTheyAre(Typed typed) {
    if (typed.wire().getDtype() != DT_STRING) {
      assertThat(values(tensor(typed.wire().getDtype(), 2).setTensorContent(typed.raw())))
          .isEqualTo(typed.raw());
    }
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void tensorContentOneByteTooLong_isRefused(Typed typed) {
    TensorProto.Builder wrong =
        tensor(typed.wire().getDtype(), 2).setTensorContent(typed.raw().concat(bytes("00")));

    Refusals.assertRefusedSaying(
        () -> decode(wrong),
        Reason.TENSOR_SIZE_MISMATCH,
        Integer.toString(wrong.getTensorContent().size()));
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void tensorContentBesideAList_isRefused(Typed typed) {
    assertRefused(
        typed.wire().clone().setTensorContent(typed.raw()),
        Reason.REQUEST_MALFORMED,
        ".tensor_content",
        "both in tensor_content and in a list");
  }

  @Test
  void textsInTensorContent_areTheirLengthsAndThenAllTexts() {
    assertThat(values(tensor(DT_STRING, 3).setTensorContent(bytes("020001" + "0708" + "09"))))
        .isEqualTo(bytes("02000000" + "0708" + "00000000" + "01000000" + "09"));

    String longText = "61".repeat(200);
    assertThat(values(tensor(DT_STRING, 1).setTensorContent(bytes("c801" + longText))))
        .isEqualTo(bytes("c8000000" + longText));
  }

  @Test
  void textsInTensorContentWhoseLengthsLie_areRefused() {
    for (String lie : List.of("03070809", "0502" + "070809", "ffffffff0f00", "80", "0102", "00")) {
      assertRefused(
          tensor(DT_STRING, 2).setTensorContent(bytes(lie)),
          Reason.TENSOR_SIZE_MISMATCH,
          ".tensor_content",
          lie.length() / 2 + " bytes are not 2 texts");
    }
  }

  @Test
  void fewBytesThatAskForMany_areRefusedBeforeMemoryIsTaken() {
    long most = Integer.MAX_VALUE;
    assertRefused(
        tensor(DT_UINT8, most).addIntVal(1),
        Reason.MESSAGE_TOO_LARGE,
        "",
        "tensor 'x' take 2147483647 bytes, the limit is 1000");
    assertRefused(tensor(DT_DOUBLE, most / 8), Reason.MESSAGE_TOO_LARGE, "", "2147483640 bytes");
    assertRefused(
        tensor(DT_STRING, most / 4).addStringVal(ByteString.copyFrom(new byte[500])),
        Reason.MESSAGE_TOO_LARGE,
        "",
        "take " + 504 * (most / 4) + " bytes");
    assertRefused(
        tensor(DT_STRING, 251).setTensorContent(ByteString.copyFrom(new byte[251])),
        Reason.MESSAGE_TOO_LARGE,
        "",
        "take 1004 bytes");
    assertThat(decode(tensor(DT_UINT8, MAX_BYTES).addIntVal(1)).byteCount()).isEqualTo(MAX_BYTES);
  }

  @Test
  void tensorsThatAskForManyTogether_areRefusedWhereTheyBecomeTooMany() {
    TensorFlowTensors tensors = new TensorFlowTensors(MAX_BYTES);
    TensorProto half = tensor(DT_UINT8, MAX_BYTES / 2).addIntVal(1).build();
    assertThat(tensors.decode(PATH, "a", half).byteCount()).isEqualTo(MAX_BYTES / 2);
    assertThat(tensors.decode(PATH, "b", half).byteCount()).isEqualTo(MAX_BYTES / 2);

    ServingException refusal =
        catchThrowableOfType(
            ServingException.class,
            () -> tensors.decode(PATH, "c", tensor(DT_UINT8, 2).addIntVal(1).build()));

    assertThat(refusal.reason()).isEqualTo(Reason.MESSAGE_TOO_LARGE);
    assertThat(refusal.getMessage())
        .contains("tensor 'c' take 2 bytes, the limit is 1000, of which others take 1000");
  }

  @Test
  void shapesBeyondAnyMessage_areRefused() {
    assertRefused(
        tensor(DT_FLOAT, 1L << 31),
        Reason.TENSOR_SHAPE_MISMATCH,
        ".tensor_shape.dim[0]",
        "got 2147483648");
    assertRefused(
        tensor(DT_FLOAT, 2, -1), Reason.TENSOR_SHAPE_MISMATCH, ".tensor_shape.dim[1]", "got -1");
    assertRefused(
        tensor(DT_FLOAT, 1 << 20, 1 << 20),
        Reason.TENSOR_SHAPE_MISMATCH,
        ".tensor_shape.dim",
        "more than one message can hold");
    assertRefused(
        tensor(DT_FLOAT, new long[17]),
        Reason.TENSOR_SHAPE_MISMATCH,
        ".tensor_shape.dim",
        "at most 16 sizes, got 17");
  }

  @Test
  void anUnknownRank_isRefused() {
    assertRefused(
        tensor(DT_FLOAT).setTensorShape(TensorShapeProto.newBuilder().setUnknownRank(true)),
        Reason.TENSOR_SHAPE_MISMATCH,
        ".tensor_shape.unknown_rank",
        "tensor 'x'",
        "give the size of each dimension");
  }

  @Test
  void valuesInTheListOfAnotherType_areRefusedNamingBoth() {
    assertRefused(
        tensor(DT_DOUBLE, 1).addFloatVal(1),
        Reason.TENSOR_DTYPE_MISMATCH,
        ".float_val",
        "inputs['x'].double_val holds the FP64 values of tensor 'x'");
    assertRefused(
        tensor(DT_INT64, 1).addIntVal(1),
        Reason.TENSOR_DTYPE_MISMATCH,
        ".int_val",
        "inputs['x'].int64_val holds the INT64 values");
  }

  @Test
  void valuesOutOfTheRangeOfANarrowType_areRefusedWithTensorValueAndRange() {
    assertRefused(
        tensor(DT_UINT8, 2).addIntVal(255).addIntVal(-1),
        Reason.TENSOR_DTYPE_MISMATCH,
        ".int_val[1]",
        "tensor 'x': UINT8 values are 0 to 255, got -1");
    assertRefused(
        tensor(DT_UINT16, 1).addIntVal(65536),
        Reason.TENSOR_DTYPE_MISMATCH,
        ".int_val[0]",
        "0 to 65535, got 65536");
    assertRefused(
        tensor(DT_INT8, 1).addIntVal(128),
        Reason.TENSOR_DTYPE_MISMATCH,
        ".int_val[0]",
        "-128 to 127, got 128");
    assertRefused(
        tensor(DT_HALF, 1).addHalfVal(65536),
        Reason.TENSOR_DTYPE_MISMATCH,
        ".half_val[0]",
        "FP16 values are 0 to 65535");
  }

  @Test
  void anUnsetTypeOrOneThatNoModelHas_isRefusedWithTheNamesThereAre() {
    assertRefused(
        tensor(DT_INVALID, 1),
        Reason.TENSOR_DTYPE_MISMATCH,
        ".dtype",
        "dtype is not set",
        "DT_FLOAT, DT_DOUBLE, DT_STRING");
    int complex64 = 8;
    assertRefused(
        tensor(DT_FLOAT, 1).setDtypeValue(complex64),
        Reason.TENSOR_DTYPE_MISMATCH,
        ".dtype",
        "dtype is the number 8; it is one of DT_BOOL");
  }
}
