package io.millrace.server.batching;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * What requests that run together have in common: all but their rows.
 *
 * @param shapes of the inputs without the first dimension
 * @param outputs that are asked for
 */
record BatchKey(List<Shape> shapes, List<String> outputs) {
  /** Of requests that run alone, whatever their shapes: a scalar has no rows. */
  static final BatchKey ALONE = new BatchKey(List.of(), List.of());

  /** The key of a request whose inputs have rows. */
  static BatchKey of(InferenceRequest request) {
    return new BatchKey(
        request.inputs().stream().map(BatchKey::withoutRows).toList(), request.outputs());
  }

  private static Shape withoutRows(Tensor tensor) {
    long[] sizes = tensor.shape().toArray();
    return Shape.of(Arrays.copyOfRange(sizes, 1, sizes.length));
  }
}
