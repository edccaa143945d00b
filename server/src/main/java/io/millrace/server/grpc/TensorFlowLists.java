package io.millrace.server.grpc;

import io.millrace.server.model.DataType;
import io.millrace.tensorflow.TensorProto;
import java.util.List;
import java.util.Set;

/**
 * The lists of a {@code TensorProto}, of which each holds the values of some types.
 *
 * @param path of the tensor in the request
 */
record TensorFlowLists(String path, TensorProto wire) {
  /** The types whose values come in {@code int_val}. */
  private static final Set<DataType> INTS =
      Set.of(DataType.INT8, DataType.INT16, DataType.INT32, DataType.UINT8, DataType.UINT16);

  /** The types whose bits come in {@code half_val}. */
  private static final Set<DataType> HALVES = Set.of(DataType.FP16, DataType.BF16);

  /** A type for each list, in the order of their field numbers. */
  private static final List<DataType> ONE_OF_EACH =
      List.of(
          DataType.FP32,
          DataType.FP64,
          DataType.INT32,
          DataType.BYTES,
          DataType.INT64,
          DataType.BOOL,
          DataType.FP16,
          DataType.UINT32,
          DataType.UINT64);

  /** How many values all lists have together. */
  long size() {
    return (long) wire.getFloatValCount()
        + wire.getDoubleValCount()
        + wire.getIntValCount()
        + wire.getStringValCount()
        + wire.getInt64ValCount()
        + wire.getBoolValCount()
        + wire.getHalfValCount()
        + wire.getUint32ValCount()
        + wire.getUint64ValCount();
  }

  /**
   * The list of the tensor's type, which may be empty.
   *
   * @throws io.millrace.server.model.ServingException if another list has values
   */
  TypedValues own(TensorCodec.Head head) {
    TypedValues own = of(head.dtype());
    return own.size() == size()
        ? own
        : TensorCodec.ownList(head, ONE_OF_EACH.stream().map(this::of).toList()).orElseThrow();
  }

  private TypedValues of(DataType dtype) {
    return switch (dtype) {
      case FP32 ->
          TypedValues.floats(
              path + ".float_val",
              Set.of(DataType.FP32),
              wire.getFloatValCount(),
              wire::getFloatVal);
      case FP64 ->
          TypedValues.doubles(path + ".double_val", wire.getDoubleValCount(), wire::getDoubleVal);
      case INT8, INT16, INT32, UINT8, UINT16 ->
          TypedValues.bits(path + ".int_val", INTS, wire.getIntValCount(), wire::getIntVal);
      case BYTES ->
          TypedValues.bytes(path + ".string_val", wire.getStringValCount(), wire::getStringVal);
      case INT64 ->
          TypedValues.signed(
              path + ".int64_val",
              Set.of(DataType.INT64),
              wire.getInt64ValCount(),
              wire::getInt64Val);
      case BOOL -> TypedValues.bools(path + ".bool_val", wire.getBoolValCount(), wire::getBoolVal);
      case FP16, BF16 ->
          TypedValues.bits(path + ".half_val", HALVES, wire.getHalfValCount(), wire::getHalfVal);
      case UINT32 ->
          TypedValues.unsigned(
              path + ".uint32_val",
              Set.of(DataType.UINT32),
              wire.getUint32ValCount(),
              i -> Integer.toUnsignedLong(wire.getUint32Val(i)));
      case UINT64 ->
          TypedValues.unsigned(
              path + ".uint64_val",
              Set.of(DataType.UINT64),
              wire.getUint64ValCount(),
              wire::getUint64Val);
    };
  }

  /** What the values of the tensor's own list take as its values. */
  long bytes(DataType dtype) {
    return dtype.isFixedSize() ? size() * dtype.byteSize() : textBytes();
  }

  private long textBytes() {
    long bytes = 0;
    for (int i = 0; i < wire.getStringValCount(); i++) {
      bytes += textBytes(i);
    }
    return bytes;
  }

  private long textBytes(int index) {
    return Integer.BYTES + (long) wire.getStringVal(index).size();
  }

  /** What one more value takes that is as the last one; a text without any is empty. */
  long lastBytes(DataType dtype) {
    int texts = wire.getStringValCount();
    if (dtype.isFixedSize()) {
      return dtype.byteSize();
    }
    return texts == 0 ? Integer.BYTES : textBytes(texts - 1);
  }
}
