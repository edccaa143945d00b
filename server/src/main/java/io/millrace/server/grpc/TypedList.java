package io.millrace.server.grpc;

import com.google.protobuf.CodedOutputStream;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Tensor;
import io.millrace.tensorflow.TensorProto;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The values of a tensor in the list that TensorFlow has for their type. Its server answers so
 * unless it is told otherwise, and many of its clients read nothing else.
 *
 * @param bytes what the list takes within its message
 */
record TypedList(Tensor tensor, long bytes) {
  static TypedList of(Tensor tensor) {
    if (tensor.elements() == 0) {
      return new TypedList(tensor, 0);
    }
    if (tensor.dtype() == DataType.BYTES) {
      return new TypedList(tensor, textBytes(tensor.data()));
    }
    long packed = packedBytes(tensor);
    return new TypedList(
        tensor,
        CodedOutputStream.computeTagSize(field(tensor.dtype()))
            + CodedOutputStream.computeUInt64SizeNoTag(packed)
            + packed);
  }

  private static long textBytes(ByteBuffer texts) {
    long total = 0;
    while (texts.hasRemaining()) {
      int length = texts.getInt();
      texts.position(texts.position() + length);
      total += EncodedReply.sizeOfMessage(TensorProto.STRING_VAL_FIELD_NUMBER, length);
    }
    return total;
  }

  /** Floats are written as they lie in memory, all others as varints. */
  private static boolean isAsInMemory(DataType dtype) {
    return dtype == DataType.FP32 || dtype == DataType.FP64;
  }

  private static long packedBytes(Tensor tensor) {
    ByteBuffer values = tensor.data();
    if (isAsInMemory(tensor.dtype())) {
      return values.remaining();
    }
    long total = 0;
    while (values.hasRemaining()) {
      total += CodedOutputStream.computeUInt64SizeNoTag(next(tensor.dtype(), values));
    }
    return total;
  }

  /** Writes the list, of which somebody has made sure that it fits a message. */
  void write(CodedOutputStream out) throws IOException {
    ByteBuffer values = tensor.data();
    if (tensor.dtype() == DataType.BYTES) {
      writeTexts(out, values);
    } else if (values.hasRemaining()) {
      EncodedReply.begin(out, field(tensor.dtype()), (int) packedBytes(tensor));
      writePacked(out, values);
    }
  }

  private void writePacked(CodedOutputStream out, ByteBuffer values) throws IOException {
    if (isAsInMemory(tensor.dtype())) {
      out.writeRawBytes(values);
      return;
    }
    while (values.hasRemaining()) {
      out.writeUInt64NoTag(next(tensor.dtype(), values));
    }
  }

  private static void writeTexts(CodedOutputStream out, ByteBuffer texts) throws IOException {
    while (texts.hasRemaining()) {
      int length = texts.getInt();
      EncodedReply.begin(out, TensorProto.STRING_VAL_FIELD_NUMBER, length);
      out.writeRawBytes(texts.slice(texts.position(), length));
      texts.position(texts.position() + length);
    }
  }

  /** The next value as protobuf's varints have it: a negative one of any width takes 64 bits. */
  private static long next(DataType dtype, ByteBuffer values) {
    return switch (dtype) {
      case BOOL -> values.get() == 0 ? 0 : 1;
      case INT8 -> values.get();
      case UINT8 -> Byte.toUnsignedLong(values.get());
      case INT16 -> values.getShort();
      case UINT16, FP16, BF16 -> Short.toUnsignedLong(values.getShort());
      case INT32 -> values.getInt();
      case UINT32 -> Integer.toUnsignedLong(values.getInt());
      case INT64, UINT64 -> values.getLong();
      case FP32, FP64, BYTES -> throw new IllegalArgumentException(dtype + " is no varint");
    };
  }

  private static int field(DataType dtype) {
    return switch (dtype) {
      case BOOL -> TensorProto.BOOL_VAL_FIELD_NUMBER;
      case INT8, INT16, INT32, UINT8, UINT16 -> TensorProto.INT_VAL_FIELD_NUMBER;
      case INT64 -> TensorProto.INT64_VAL_FIELD_NUMBER;
      case UINT32 -> TensorProto.UINT32_VAL_FIELD_NUMBER;
      case UINT64 -> TensorProto.UINT64_VAL_FIELD_NUMBER;
      case FP16, BF16 -> TensorProto.HALF_VAL_FIELD_NUMBER;
      case FP32 -> TensorProto.FLOAT_VAL_FIELD_NUMBER;
      case FP64 -> TensorProto.DOUBLE_VAL_FIELD_NUMBER;
      case BYTES -> TensorProto.STRING_VAL_FIELD_NUMBER;
    };
  }
}
