package io.millrace.server.inference;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Tensor;

/** Reads single values of outputs, as TensorFlow tells them: all are floats. Pure. */
final class ExampleValues {
  private ExampleValues() {}

  /**
   * A value.
   *
   * @param tensor of FP32 or FP64, which a load makes sure of
   */
  static float get(Tensor tensor, int index) {
    return tensor.dtype() == DataType.FP64
        ? (float) tensor.data().getDouble(index * Double.BYTES)
        : tensor.data().getFloat(index * Float.BYTES);
  }
}
