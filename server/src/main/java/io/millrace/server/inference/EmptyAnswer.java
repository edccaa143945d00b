package io.millrace.server.inference;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Answers a request without rows from the signature alone, without the engine: some operators
 * refuse to work on no rows, and ONNX Runtime 1.28's TopK divides by their number, which ends the
 * whole process. Pure.
 */
final class EmptyAnswer {
  private EmptyAnswer() {}

  /**
   * The outputs that were asked for, each without elements, if the request has no rows and the
   * signature says what shape they have then; else empty, and the model must run.
   *
   * @param request a validated one
   */
  static Optional<List<Tensor>> of(InferenceRequest request, Signature signature) {
    if (!hasEmptyInput(request)) {
      return Optional.empty();
    }
    Map<String, Long> namedSizes = namedSizes(request, signature);
    boolean noRows = hasNoRows(request, signature);
    List<Tensor> outputs = new ArrayList<>();
    for (TensorSpec spec : requested(request, signature)) {
      Optional<Tensor> output = emptyTensor(spec, namedSizes, noRows);
      if (output.isEmpty()) {
        return Optional.empty();
      }
      outputs.add(output.get());
    }
    return Optional.of(outputs);
  }

  private static boolean hasEmptyInput(InferenceRequest request) {
    for (Tensor input : request.inputs()) {
      if (input.elements() == 0) {
        return true;
      }
    }
    return false;
  }

  private static Map<String, Long> namedSizes(InferenceRequest request, Signature signature) {
    Map<String, Long> sizes = new HashMap<>();
    for (int i = 0; i < signature.inputs().size(); i++) {
      List<String> names = signature.inputs().get(i).dimensionNames();
      for (int d = 0; d < names.size(); d++) {
        if (!names.get(d).isEmpty()) {
          sizes.put(names.get(d), request.inputs().get(i).shape().size(d));
        }
      }
    }
    return sizes;
  }

  /** Whether each input whose first dimension is open has a size of 0 there. */
  private static boolean hasNoRows(InferenceRequest request, Signature signature) {
    for (int i = 0; i < signature.inputs().size(); i++) {
      Shape spec = signature.inputs().get(i).shape();
      boolean isBatch = spec.rank() > 0 && spec.size(0) == Shape.ANY;
      if (isBatch && request.inputs().get(i).shape().size(0) != 0) {
        return false;
      }
    }
    return true;
  }

  private static List<TensorSpec> requested(InferenceRequest request, Signature signature) {
    if (request.outputs().isEmpty()) {
      return signature.outputs();
    }
    Map<String, TensorSpec> byName =
        signature.outputs().stream()
            .collect(Collectors.toMap(TensorSpec::name, Function.identity()));
    return request.outputs().stream().map(byName::get).toList();
  }

  private static Optional<Tensor> emptyTensor(
      TensorSpec spec, Map<String, Long> namedSizes, boolean noRows) {
    long[] sizes = new long[spec.shape().rank()];
    for (int d = 0; d < sizes.length; d++) {
      OptionalLong size = size(spec, d, namedSizes, noRows);
      if (size.isEmpty()) {
        return Optional.empty();
      }
      sizes[d] = size.getAsLong();
    }
    Shape shape = Shape.of(sizes);
    return shape.elements().equals(OptionalLong.of(0))
        ? Optional.of(new Tensor(spec.name(), spec.dtype(), shape, ByteBuffer.allocate(0)))
        : Optional.empty();
  }

  private static OptionalLong size(
      TensorSpec spec, int dimension, Map<String, Long> namedSizes, boolean noRows) {
    if (spec.shape().size(dimension) != Shape.ANY) {
      return OptionalLong.of(spec.shape().size(dimension));
    }
    String name = spec.dimensionNames().get(dimension);
    Long known = namedSizes.get(name);
    if (known != null) {
      return OptionalLong.of(known);
    }
    // By custom an open first dimension without a name is the batch.
    return name.isEmpty() && dimension == 0 && noRows ? OptionalLong.of(0) : OptionalLong.empty();
  }
}
