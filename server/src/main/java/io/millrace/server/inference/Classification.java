package io.millrace.server.inference;

import io.millrace.server.model.BytesElements;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The scores of each class of each example, row by row, and what the classes are called. Immutable.
 *
 * @param scores with the shape [rows, classes]
 * @param names of the classes of all rows, one after the other; empty if no output tells them
 * @param labels of the classes, where no output tells their names
 */
public record Classification(Tensor scores, List<String> names, ClassLabels labels) {
  public Classification {
    names = List.copyOf(names);
  }

  /**
   * What a version answered that was asked for the outputs of {@link ExampleTask#CLASSIFY}.
   *
   * @throws ServingException if they are no scores, or have no name for each
   */
  public static Classification of(InferenceResponse response) {
    Tensor scores = response.outputs().get(0);
    if (scores.shape().rank() != 2) {
      throw refusal("the model answered %s, which is not [rows, classes]".formatted(scores));
    }
    List<String> names =
        response.outputs().size() < 2 ? List.of() : names(scores, response.outputs().get(1));
    return new Classification(scores, names, response.labels());
  }

  private static List<String> names(Tensor scores, Tensor classes) {
    if (!classes.shape().equals(scores.shape())) {
      throw refusal("the model answered %s, but %s".formatted(classes, scores));
    }
    return BytesElements.decode(classes.data(), classes.elements()).stream()
        .map(name -> new String(name, StandardCharsets.UTF_8))
        .toList();
  }

  private static ServingException refusal(String message) {
    return ServingException.refusal(Reason.ENGINE_ERROR, message);
  }

  public int rows() {
    return Math.toIntExact(scores.shape().size(0));
  }

  /** How many classes each row has. */
  public int classes() {
    return Math.toIntExact(scores.shape().size(1));
  }

  public float score(int row, int index) {
    return ExampleValues.get(scores, row * classes() + index);
  }

  /** What a class is called; empty if nobody said. */
  public String label(int row, int index) {
    return names.isEmpty() ? labels.name(index) : names.get(row * classes() + index);
  }
}
