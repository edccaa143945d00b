package io.millrace.server.inference;

import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which outputs of an answer are told as their highest classes. Nothing for nearly all calls.
 * Immutable.
 */
record NamedClasses(Map<String, Wanted> byOutput) {
  private static final NamedClasses NONE = new NamedClasses(Map.of());

  /**
   * How an output is told.
   *
   * @param count how many classes of a row
   * @param hasRows whether its first dimension counts rows, which the signature then leaves open
   */
  private record Wanted(int count, boolean hasRows) {}

  /**
   * What a request wants.
   *
   * @param request a validated one
   * @throws ServingException if an output has no classes to name
   */
  static NamedClasses of(InferenceRequest request, Signature signature) {
    if (request.classes().equals(ClassCounts.NONE)) {
      return NONE;
    }
    List<TensorSpec> returned =
        signature.outputs().stream()
            .filter(
                output -> request.outputs().isEmpty() || request.outputs().contains(output.name()))
            .toList();
    Map<String, Integer> counts = request.classes().among(returned);
    Map<String, Wanted> wanted = new HashMap<>();
    for (TensorSpec output : returned) {
      Integer count = counts.get(output.name());
      if (count != null) {
        boolean hasRows = output.shape().rank() > 0 && output.shape().size(0) == Shape.ANY;
        wanted.put(output.name(), new Wanted(count, hasRows));
      }
    }
    return new NamedClasses(Map.copyOf(wanted));
  }

  /** The answer as it was asked for. */
  InferenceResponse in(InferenceResponse response) {
    if (byOutput.isEmpty()) {
      return response;
    }
    List<Tensor> told = response.outputs().stream().map(output -> told(output, response)).toList();
    return new InferenceResponse(response.version(), told, response.labels());
  }

  private Tensor told(Tensor output, InferenceResponse response) {
    Wanted wanted = byOutput.get(output.name());
    return wanted == null
        ? output
        : new ClassText(output, wanted.hasRows(), wanted.count()).of(response.labels());
  }
}
