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
import static io.millrace.tensorflow.DataType.DT_STRING;
import static io.millrace.tensorflow.DataType.DT_UINT16;
import static io.millrace.tensorflow.DataType.DT_UINT32;
import static io.millrace.tensorflow.DataType.DT_UINT64;
import static io.millrace.tensorflow.DataType.DT_UINT8;

import com.google.protobuf.ByteString;
import io.millrace.server.model.Tensor;
import io.millrace.tensorflow.DataType;
import io.millrace.tensorflow.TensorProto;
import io.millrace.tensorflow.TensorShapeProto;
import java.util.HexFormat;
import java.util.List;

/** Tensors as TensorFlow's clients send them, two values of every type among them. */
final class TensorFlowSamples {
  static final int MAX_BYTES = 1_000;
  static final String PATH = "inputs['x']";

  private TensorFlowSamples() {}

  static TensorProto.Builder tensor(DataType dtype, long... shape) {
    return TensorProto.newBuilder().setDtype(dtype).setTensorShape(shape(shape));
  }

  static TensorShapeProto.Builder shape(long... sizes) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long size : sizes) {
      shape.addDimBuilder().setSize(size);
    }
    return shape;
  }

  static ByteString bytes(String hexadecimal) {
    return ByteString.copyFrom(HexFormat.of().parseHex(hexadecimal));
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

  /** What a tensor of a request becomes. */
  static Tensor decode(TensorProto.Builder wire) {
    TensorFlowTensors tensors = new TensorFlowTensors(MAX_BYTES);
    tensors.add(PATH, "x", wire.build());
    return tensors.tensors().get(0);
  }

  static ByteString values(TensorProto.Builder wire) {
    return ByteString.copyFrom(decode(wire).data());
  }
}
