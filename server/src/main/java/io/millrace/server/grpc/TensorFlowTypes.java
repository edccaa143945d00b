package io.millrace.server.grpc;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The names of element types in TensorFlow: FP32 is {@code DT_FLOAT} there. */
final class TensorFlowTypes {
  private static final Map<io.millrace.tensorflow.DataType, DataType> FROM_WIRE =
      Arrays.stream(DataType.values())
          .collect(Collectors.toUnmodifiableMap(TensorFlowTypes::toWire, Function.identity()));

  private TensorFlowTypes() {}

  static io.millrace.tensorflow.DataType toWire(DataType type) {
    return switch (type) {
      case BOOL -> io.millrace.tensorflow.DataType.DT_BOOL;
      case UINT8 -> io.millrace.tensorflow.DataType.DT_UINT8;
      case UINT16 -> io.millrace.tensorflow.DataType.DT_UINT16;
      case UINT32 -> io.millrace.tensorflow.DataType.DT_UINT32;
      case UINT64 -> io.millrace.tensorflow.DataType.DT_UINT64;
      case INT8 -> io.millrace.tensorflow.DataType.DT_INT8;
      case INT16 -> io.millrace.tensorflow.DataType.DT_INT16;
      case INT32 -> io.millrace.tensorflow.DataType.DT_INT32;
      case INT64 -> io.millrace.tensorflow.DataType.DT_INT64;
      case FP16 -> io.millrace.tensorflow.DataType.DT_HALF;
      case BF16 -> io.millrace.tensorflow.DataType.DT_BFLOAT16;
      case FP32 -> io.millrace.tensorflow.DataType.DT_FLOAT;
      case FP64 -> io.millrace.tensorflow.DataType.DT_DOUBLE;
      case BYTES -> io.millrace.tensorflow.DataType.DT_STRING;
    };
  }

  /**
   * The type of a tensor of a request.
   *
   * @param number of the type on the wire, which may be one that the message has no name for
   */
  static DataType fromWire(String field, io.millrace.tensorflow.DataType wire, int number) {
    DataType known = FROM_WIRE.get(wire);
    if (known == null) {
      throw ServingException.refusal(
          Reason.TENSOR_DTYPE_MISMATCH,
          field,
          "dtype %s; it is one of %s"
              .formatted(number == 0 ? "is not set" : "is the number " + number, names()));
    }
    return known;
  }

  private static String names() {
    return Arrays.stream(DataType.values())
        .map(type -> toWire(type).name())
        .collect(Collectors.joining(", "));
  }
}
