package io.millrace.server.engine.djl;

import io.millrace.server.model.DataType;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Our element types and DJL's, as far as DJL's PyTorch binding knows them. Tensors of any other
 * type must never be made: the binding ends the process (tried with 0.35.1 for BF16, INT16 and the
 * unsigned types of more than 8 bits).
 */
final class TorchTypes {
  private static final Map<DataType, ai.djl.ndarray.types.DataType> DJL =
      new EnumMap<>(
          Map.of(
              DataType.BOOL, ai.djl.ndarray.types.DataType.BOOLEAN,
              DataType.UINT8, ai.djl.ndarray.types.DataType.UINT8,
              DataType.INT8, ai.djl.ndarray.types.DataType.INT8,
              DataType.INT32, ai.djl.ndarray.types.DataType.INT32,
              DataType.INT64, ai.djl.ndarray.types.DataType.INT64,
              DataType.FP16, ai.djl.ndarray.types.DataType.FLOAT16,
              DataType.FP32, ai.djl.ndarray.types.DataType.FLOAT32,
              DataType.FP64, ai.djl.ndarray.types.DataType.FLOAT64));

  private TorchTypes() {}

  static List<DataType> supported() {
    return List.copyOf(DJL.keySet());
  }

  /** DJL's for ours; empty if a model can neither take nor give it here. */
  static Optional<ai.djl.ndarray.types.DataType> ofDjl(DataType dtype) {
    return Optional.ofNullable(DJL.get(dtype));
  }

  /** Our name for DJL's type, or DJL's own if we have none. */
  static String name(ai.djl.ndarray.types.DataType djl) {
    return DJL.entrySet().stream()
        .filter(entry -> entry.getValue() == djl)
        .map(entry -> entry.getKey().name())
        .findFirst()
        .orElse("values of type '" + djl + "'");
  }
}
