package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.DataType;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Finds outputs that {@code classify} and {@code regress} of a {@code config.yaml} name, and that
 * the model does not have or that cannot mean it. Pure.
 *
 * @param file the model's {@code config.yaml} as people know it
 */
record OutputRolesCheck(String file, OutputRoles roles, Signature signature) {
  private static final Rule SCORES =
      new Rule(
          "classify.scores",
          List.of(DataType.FP32, DataType.FP64),
          "[rows, classes]",
          shape -> shape.rank() == 2);

  private static final Rule CLASSES =
      new Rule(
          "classify.classes",
          List.of(DataType.BYTES),
          "[rows, classes]",
          shape -> shape.rank() == 2);

  private static final Rule VALUE =
      new Rule(
          "regress.value",
          List.of(DataType.FP32, DataType.FP64),
          "[rows] or [rows, 1]",
          OutputRolesCheck::isColumn);

  /** What an output must be that a key names. */
  private record Rule(String key, List<DataType> types, String shapes, Predicate<Shape> takes) {
    boolean allows(TensorSpec output) {
      return types.contains(output.dtype()) && takes.test(output.shape());
    }

    String allowed() {
      return "an output of %s with the shape %s"
          .formatted(
              types.stream().map(DataType::name).collect(Collectors.joining(" or ")), shapes);
    }
  }

  private static boolean isColumn(Shape shape) {
    return shape.rank() == 1
        || (shape.rank() == 2 && Set.of(1L, Shape.ANY).contains(shape.size(1)));
  }

  /** The first fault. */
  Optional<Problem> problem() {
    return problem(SCORES, roles.scores())
        .or(() -> problem(CLASSES, roles.classes()))
        .or(() -> problem(VALUE, roles.value()));
  }

  private Optional<Problem> problem(Rule rule, String name) {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    Optional<TensorSpec> output =
        signature.outputs().stream().filter(spec -> spec.name().equals(name)).findFirst();
    if (output.isEmpty()) {
      return Optional.of(fault(rule, name, "of which the model has none"));
    }
    return output
        .filter(spec -> !rule.allows(spec))
        .map(spec -> fault(rule, name, "which is %s %s".formatted(spec.dtype(), spec.shape())));
  }

  private Problem fault(Rule rule, String name, String what) {
    return new Problem(
        file,
        "%s is the output %s, %s".formatted(rule.key(), Quote.of(name), what),
        "name %s; the model's outputs are %s".formatted(rule.allowed(), signature.outputs()));
  }
}
