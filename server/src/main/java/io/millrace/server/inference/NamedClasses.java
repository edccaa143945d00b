package io.millrace.server.inference;

import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
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
   * @param hasRows whether its first dimension counts rows
   * @param labels what its classes are called
   */
  private record Wanted(int count, boolean hasRows, ClassLabels labels) {}

  /**
   * What a request wants.
   *
   * @param request a validated one
   * @param servable the version that will run it
   * @throws ServingException if an output has no classes to name
   */
  static NamedClasses of(InferenceRequest request, Servable servable) {
    if (request.classes().equals(ClassCounts.NONE)) {
      return NONE;
    }
    List<TensorSpec> returned =
        servable.signature().outputs().stream()
            .filter(
                output -> request.outputs().isEmpty() || request.outputs().contains(output.name()))
            .toList();
    Map<String, Integer> counts =
        request.classes().among(returned, servable.roles(), servable.labels());
    Map<String, Wanted> wanted = new HashMap<>();
    for (TensorSpec output : returned) {
      Integer count = counts.get(output.name());
      if (count != null) {
        ClassLabels labels = labels(output.name(), servable);
        wanted.put(output.name(), new Wanted(count, ClassCounts.hasRows(output), labels));
      }
    }
    return new NamedClasses(Map.copyOf(wanted));
  }

  /** Where the configuration says which output has the scores, the labels are for no other. */
  private static ClassLabels labels(String output, Servable servable) {
    OutputRoles roles = servable.roles();
    boolean areOfOther = roles.areForClasses() && !roles.scores().equals(output);
    return areOfOther ? ClassLabels.NONE : servable.labels();
  }

  /**
   * The answer as it was asked for.
   *
   * @param room for the classes
   * @throws ServingException if they find none
   */
  InferenceResponse in(InferenceResponse response, AnswerRoom room) {
    if (byOutput.isEmpty()) {
      return response;
    }
    List<Tensor> told = response.outputs().stream().map(output -> told(output, room)).toList();
    return new InferenceResponse(response.version(), told, response.labels());
  }

  private Tensor told(Tensor output, AnswerRoom room) {
    Wanted wanted = byOutput.get(output.name());
    return wanted == null
        ? output
        : new ClassText(output, wanted.hasRows(), wanted.count()).of(wanted.labels(), room);
  }
}
