package io.millrace.server.inference;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checks a request against a signature. Pure. */
final class RequestValidator {
  private RequestValidator() {}

  /**
   * The request with its inputs in the model's order.
   *
   * @throws ServingException naming the first tensor that does not fit, what was expected and what
   *     came
   */
  static InferenceRequest validate(InferenceRequest request, Signature signature) {
    Map<String, Integer> positions = positions(request);
    List<Tensor> ordered = new ArrayList<>(signature.inputs().size());
    Map<String, Long> namedSizes = new HashMap<>();
    for (TensorSpec spec : signature.inputs()) {
      Integer position = positions.remove(spec.name());
      if (position == null) {
        throw missing(request, signature, spec);
      }
      Tensor tensor = request.inputs().get(position);
      String field = "inputs[%d]".formatted(position);
      checkType(tensor, spec, field);
      checkShape(tensor, spec, field);
      checkNamedSizes(tensor, spec, namedSizes, field);
      ordered.add(tensor);
    }
    if (!positions.isEmpty()) {
      throw unknownInput(signature, positions.entrySet().iterator().next());
    }
    checkOutputs(request, signature);
    return request.withInputs(ordered);
  }

  private static Map<String, Integer> positions(InferenceRequest request) {
    Map<String, Integer> positions = new LinkedHashMap<>();
    for (int i = 0; i < request.inputs().size(); i++) {
      String name = request.inputs().get(i).name();
      if (positions.put(name, i) != null) {
        throw ServingException.refusal(
            Reason.TENSOR_DUPLICATE,
            "inputs[%d].name".formatted(i),
            "input %s is given twice".formatted(Quote.of(name)));
      }
    }
    return positions;
  }

  private static void checkType(Tensor tensor, TensorSpec spec, String field) {
    if (tensor.dtype() != spec.dtype()) {
      throw ServingException.refusal(
          Reason.TENSOR_DTYPE_MISMATCH,
          field + ".dtype",
          "input %s: expected %s, got %s"
              .formatted(Quote.of(spec.name()), spec.dtype(), tensor.dtype()));
    }
  }

  private static void checkShape(Tensor tensor, TensorSpec spec, String field) {
    if (!spec.shape().accepts(tensor.shape())) {
      throw ServingException.refusal(
          Reason.TENSOR_SHAPE_MISMATCH,
          field + ".shape",
          "input %s: expected shape %s (-1 is any size), got %s"
              .formatted(Quote.of(spec.name()), spec.shape(), tensor.shape()));
    }
  }

  /** Dimensions of one name have one size throughout the request. */
  private static void checkNamedSizes(
      Tensor tensor, TensorSpec spec, Map<String, Long> namedSizes, String field) {
    for (int i = 0; i < spec.shape().rank(); i++) {
      String name = spec.dimensionNames().get(i);
      if (name.isEmpty() || spec.shape().size(i) != Shape.ANY) {
        continue;
      }
      long size = tensor.shape().size(i);
      Long other = namedSizes.putIfAbsent(name, size);
      if (other != null && other != size) {
        throw ServingException.refusal(
            Reason.TENSOR_SHAPE_MISMATCH,
            "%s.shape[%d]".formatted(field, i),
            "input %s: dimension %s is %d here but %d in another input"
                .formatted(Quote.of(spec.name()), Quote.of(name), size, other));
      }
    }
  }

  private static void checkOutputs(InferenceRequest request, Signature signature) {
    Set<String> known = new HashSet<>();
    signature.outputs().forEach(spec -> known.add(spec.name()));
    Set<String> seen = new HashSet<>();
    for (String name : request.outputs()) {
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
      InferenceRequest request, Signature signature, TensorSpec spec) {
    return ServingException.refusal(
        Reason.TENSOR_MISSING,
        "inputs",
        "input %s is missing; the model takes %s, got %s"
            .formatted(
                spec,
                names(signature.inputs()),
                quoted(request.inputs().stream().map(Tensor::name).toList())));
  }

  private static ServingException unknownInput(
      Signature signature, Map.Entry<String, Integer> unknown) {
    return ServingException.refusal(
        Reason.REQUEST_MALFORMED,
        "inputs[%d].name".formatted(unknown.getValue()),
        "the model has no input %s; its inputs are %s"
            .formatted(Quote.of(unknown.getKey()), names(signature.inputs())));
  }

  private static List<String> names(List<TensorSpec> specs) {
    return quoted(specs.stream().map(TensorSpec::name).toList());
  }

  private static List<String> quoted(List<String> names) {
    return names.stream().map(Quote::of).toList();
  }
}
