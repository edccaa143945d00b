package io.millrace.server.inference;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorHead;
import io.millrace.server.model.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Checks a request against a signature. Pure. */
public final class RequestValidator {
  private RequestValidator() {}

  /**
   * Checks a request whose values are still to be made: nothing else than them can be wrong then.
   *
   * @param inputs what it says of its tensors
   * @param outputs the names that it asks for
   * @throws ServingException as {@link #validate}
   */
  public static void requireFit(
      List<? extends TensorHead> inputs, List<String> outputs, Signature signature) {
    var unused = ordered(inputs, signature);
    checkOutputs(outputs, signature);
  }

  /**
   * The request with its inputs in the model's order.
   *
   * @throws ServingException naming the first tensor that does not fit, what was expected and what
   *     came
   */
  static InferenceRequest validate(InferenceRequest request, Signature signature) {
    List<Tensor> ordered = ordered(request.inputs(), signature);
    checkOutputs(request.outputs(), signature);
    return areInOrder(request.inputs(), ordered) ? request : request.withInputs(ordered);
  }

  private static boolean areInOrder(List<Tensor> inputs, List<Tensor> ordered) {
    for (int i = 0; i < ordered.size(); i++) {
      if (!ordered.get(i).name().equals(inputs.get(i).name())) {
        return false;
      }
    }
    return true;
  }

  private static <T extends TensorHead> List<T> ordered(List<T> inputs, Signature signature) {
    requireDistinctNames(inputs);
    List<TensorSpec> specs = signature.inputs();
    List<T> ordered = new ArrayList<>(specs.size());
    NamedSizes namedSizes = new NamedSizes();
    for (int i = 0; i < specs.size(); i++) {
      TensorSpec spec = specs.get(i);
      int position = position(spec.name(), i, inputs);
      if (position < 0) {
        throw missing(inputs, signature, spec);
      }
      T tensor = inputs.get(position);
      checkType(tensor, spec, position);
      checkShape(tensor, spec, position);
      namedSizes.check(tensor, spec, position);
      ordered.add(tensor);
    }
    if (inputs.size() > specs.size()) {
      throw unknownInput(inputs, signature);
    }
    return ordered;
  }

  private static void requireDistinctNames(List<? extends TensorHead> inputs) {
    if (inputs.size() < 2) {
      return;
    }
    Set<String> names = new HashSet<>();
    for (int i = 0; i < inputs.size(); i++) {
      String name = inputs.get(i).name();
      if (!names.add(name)) {
        throw ServingException.refusal(
            Reason.TENSOR_DUPLICATE,
            "inputs[%d].name".formatted(i),
            "input %s is given twice".formatted(Quote.of(name)));
      }
    }
  }

  /** Where the tensor of this name is; nearly always where the model has it. Below 0 if nowhere. */
  private static int position(String name, int guess, List<? extends TensorHead> inputs) {
    if (guess < inputs.size() && inputs.get(guess).name().equals(name)) {
      return guess;
    }
    for (int i = 0; i < inputs.size(); i++) {
      if (inputs.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }

  private static void checkType(TensorHead tensor, TensorSpec spec, int position) {
    if (tensor.dtype() != spec.dtype()) {
      throw ServingException.refusal(
          Reason.TENSOR_DTYPE_MISMATCH,
          "inputs[%d].dtype".formatted(position),
          "input %s: expected %s, got %s"
              .formatted(Quote.of(spec.name()), spec.dtype(), tensor.dtype()));
    }
  }

  private static void checkShape(TensorHead tensor, TensorSpec spec, int position) {
    if (!spec.shape().accepts(tensor.shape())) {
      throw ServingException.refusal(
          Reason.TENSOR_SHAPE_MISMATCH,
          "inputs[%d].shape".formatted(position),
          "input %s: expected shape %s (-1 is any size), got %s"
              .formatted(Quote.of(spec.name()), spec.shape(), tensor.shape()));
    }
  }

  /** Dimensions of one name have one size throughout the request. */
  private static final class NamedSizes {
    /** Most models have one, or none. */
    private @Nullable Map<String, Long> sizes;

    void check(TensorHead tensor, TensorSpec spec, int position) {
      for (int i = 0; i < spec.shape().rank(); i++) {
        String name = spec.dimensionNames().get(i);
        if (name.isEmpty() || spec.shape().size(i) != Shape.ANY) {
          continue;
        }
        long size = tensor.shape().size(i);
        if (sizes == null) {
          sizes = new HashMap<>();
        }
        Long other = sizes.putIfAbsent(name, size);
        if (other != null && other != size) {
          throw ServingException.refusal(
              Reason.TENSOR_SHAPE_MISMATCH,
              "inputs[%d].shape[%d]".formatted(position, i),
              "input %s: dimension %s is %d here but %d in another input"
                  .formatted(Quote.of(spec.name()), Quote.of(name), size, other));
        }
      }
    }
  }

  private static void checkOutputs(List<String> outputs, Signature signature) {
    if (outputs.isEmpty()) {
      return;
    }
    Set<String> known = new HashSet<>();
    signature.outputs().forEach(spec -> known.add(spec.name()));
    Set<String> seen = new HashSet<>();
    for (String name : outputs) {
      if (!known.contains(name)) {
        throw ServingException.refusal(
            Reason.REQUEST_MALFORMED,
            "the model has no output %s; its outputs are %s"
                .formatted(Quote.of(name), names(signature.outputs())));
      }
      if (!seen.add(name)) {
        throw ServingException.refusal(
            Reason.TENSOR_DUPLICATE, "output %s is asked for twice".formatted(Quote.of(name)));
      }
    }
  }

  private static ServingException missing(
      List<? extends TensorHead> inputs, Signature signature, TensorSpec spec) {
    return ServingException.refusal(
        Reason.TENSOR_MISSING,
        "inputs",
        "input %s is missing; the model takes %s, got %s"
            .formatted(
                spec,
                names(signature.inputs()),
                quoted(inputs.stream().map(TensorHead::name).toList())));
  }

  private static ServingException unknownInput(
      List<? extends TensorHead> inputs, Signature signature) {
    Set<String> known =
        signature.inputs().stream().map(TensorSpec::name).collect(Collectors.toSet());
    int position = 0;
    while (known.contains(inputs.get(position).name())) {
      position++;
    }
    return ServingException.refusal(
        Reason.REQUEST_MALFORMED,
        "inputs[%d].name".formatted(position),
        "the model has no input %s; its inputs are %s"
            .formatted(Quote.of(inputs.get(position).name()), names(signature.inputs())));
  }

  private static List<String> names(List<TensorSpec> specs) {
    return quoted(specs.stream().map(TensorSpec::name).toList());
  }

  private static List<String> quoted(List<String> names) {
    return names.stream().map(Quote::of).toList();
  }
}
