package io.millrace.server.grpc;

import static io.millrace.server.grpc.TensorFlowSamples.MAX_BYTES;
import static io.millrace.server.grpc.TensorFlowSamples.PATH;
import static io.millrace.server.grpc.TensorFlowSamples.bytes;
import static io.millrace.server.grpc.TensorFlowSamples.decode;
import static io.millrace.server.grpc.TensorFlowSamples.shape;
import static io.millrace.server.grpc.TensorFlowSamples.tensor;
import static io.millrace.tensorflow.DataType.DT_DOUBLE;
import static io.millrace.tensorflow.DataType.DT_FLOAT;
import static io.millrace.tensorflow.DataType.DT_INT64;
import static io.millrace.tensorflow.DataType.DT_INVALID;
import static io.millrace.tensorflow.DataType.DT_STRING;
import static io.millrace.tensorflow.DataType.DT_UINT8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.TextFormat;
import com.google.protobuf.TextFormat.ParseException;
import io.millrace.server.model.Reason;
import io.millrace.tensorflow.DataType;
import io.millrace.tensorflow.TensorProto;
import io.millrace.tensorflow.TensorShapeProto;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The tensors of TensorFlow's clients that are not taken, and what they are told. */
final class TensorFlowRefusalsTest {
  static List<TensorFlowSamples.Typed> everyType() {
    return TensorFlowSamples.everyType();
  }

  private static void assertRefused(
      TensorProto.Builder wire, Reason reason, String field, String... texts) {
    Refusals.assertRefused(() -> decode(wire), reason, PATH + field, texts);
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void aListLongerThanTheShape_isRefusedWithBothNumbers(TensorFlowSamples.Typed typed) {
    Refusals.assertRefusedSaying(
        () -> decode(typed.wire().clone().setTensorShape(shape(1))),
        Reason.TENSOR_SIZE_MISMATCH,
        "takes 1 values, got 2");
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void tensorContentOneByteTooLong_isRefused(TensorFlowSamples.Typed typed) {
    TensorProto.Builder wrong =
        tensor(typed.wire().getDtype(), 2).setTensorContent(typed.raw().concat(bytes("00")));

    Refusals.assertRefusedSaying(
        () -> decode(wrong),
        Reason.TENSOR_SIZE_MISMATCH,
        Integer.toString(wrong.getTensorContent().size()));
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void tensorContentBesideAList_isRefused(TensorFlowSamples.Typed typed) {
    assertRefused(
        typed.wire().clone().setTensorContent(typed.raw()),
        Reason.REQUEST_MALFORMED,
        ".tensor_content",
        "both in tensor_content and in a list");
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
    tensors.add(PATH, "a", half);
    tensors.add(PATH, "b", half);

    Refusals.assertRefused(
        () -> tensors.add(PATH, "c", tensor(DT_UINT8, 2).addIntVal(1).build()),
        Reason.MESSAGE_TOO_LARGE,
        PATH,
        "tensor 'c' take 2 bytes, the limit is 1000, of which others take 1000");
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          DT_UINT8  | 2 | int_val: [255, 256] | int_val[1]  | tensor 'x': UINT8 values are 0 to 255, got 256
          DT_UINT8  | 1 | int_val: -129       | int_val[0]  | 0 to 255, got -129
          DT_UINT16 | 1 | int_val: 65536      | int_val[0]  | 0 to 65535, got 65536
          DT_INT8   | 1 | int_val: 256        | int_val[0]  | -128 to 127, got 256
          DT_INT16  | 1 | int_val: -32769     | int_val[0]  | -32768 to 32767, got -32769
          DT_HALF   | 1 | half_val: 65536     | half_val[0] | FP16 values are 0 to 65535
          """)
  void valuesThatNoBitsOfANarrowTypeStandFor_areRefusedWithTensorValueAndRange(
      DataType dtype, long size, String values, String field, String words) throws ParseException {
    TensorProto.Builder wire = tensor(dtype, size);
    TextFormat.merge(values, wire);

    assertRefused(wire, Reason.TENSOR_DTYPE_MISMATCH, "." + field, words);
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
