package io.millrace.server.engine.djl;

import static java.util.Objects.requireNonNull;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the declared outputs in what {@code forward} returned: a tensor, a tuple or list of them in
 * the declared order, or a dictionary by name. Immutable.
 */
record TorchOutputs(List<TensorSpec> declared) {
  /**
   * Copies of the requested outputs.
   *
   * @throws ServingException with ENGINE_ERROR if any output is not as declared
   */
  List<Tensor> read(IValue result, List<String> requested, PtNDManager manager) {
    Map<String, NDArray> byName = byName(arrays(result, manager), result.isMap());
    declared.forEach(spec -> requireDeclared(spec, byName.get(spec.name())));
    return declaredFor(requested).stream()
        .map(spec -> tensor(spec, byName.get(spec.name())))
        .toList();
  }

  private static NDList arrays(IValue result, PtNDManager manager) {
    try {
      return result.toNDList(manager);
    } catch (UnsupportedOperationException e) {
      throw ServingException.failure(
          Reason.ENGINE_ERROR,
          "the model returned something other than tensors, or a tuple, list or dictionary of them",
          e);
    }
  }

  private Map<String, NDArray> byName(NDList arrays, boolean isDictionary) {
    Map<String, NDArray> byName = new HashMap<>();
    if (isDictionary) {
      arrays.forEach(array -> byName.put(array.getName(), array));
      return byName;
    }
    if (arrays.size() != declared.size()) {
      throw refusal(
          "the config declares %d outputs, but the model returned %d"
              .formatted(declared.size(), arrays.size()));
    }
    for (int i = 0; i < declared.size(); i++) {
      byName.put(declared.get(i).name(), arrays.get(i));
    }
    return byName;
  }

  private static void requireDeclared(TensorSpec spec, @Nullable NDArray array) {
    if (array == null) {
      throw refusal(
          "the config declares the output %s, but the model returned none".formatted(spec));
    }
    boolean isTypeRight =
        TorchTypes.ofDjl(spec.dtype()).stream().anyMatch(array.getDataType()::equals);
    if (!isTypeRight || !spec.shape().accepts(shape(array))) {
      throw refusal(
          "the config declares the output %s, but the model returned %s %s"
              .formatted(spec, TorchTypes.name(array.getDataType()), shape(array)));
    }
  }

  private List<TensorSpec> declaredFor(List<String> requested) {
    Map<String, TensorSpec> byName =
        declared.stream().collect(Collectors.toMap(TensorSpec::name, Function.identity()));
    return requested.stream().map(name -> requireNonNull(byName.get(name))).toList();
  }

  private static Tensor tensor(TensorSpec spec, @Nullable NDArray array) {
    NDArray present = requireNonNull(array);
    return new Tensor(spec.name(), spec.dtype(), shape(present), present.toByteBuffer());
  }

  private static Shape shape(NDArray array) {
    return Shape.of(array.getShape().getShape());
  }

  private static ServingException refusal(String message) {
    return ServingException.refusal(Reason.ENGINE_ERROR, message);
  }
}
