package io.millrace.server.rest;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Servable;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Gives each input back under the name of an output; inputs are repeated if there are more outputs.
 */
record EchoModel(Signature signature) implements Servable {
  @Override
  public String engine() {
    return "onnxruntime";
  }

  @Override
  public CompletionStage<List<Tensor>> infer(InferenceRequest request) {
    List<Tensor> outputs = new ArrayList<>();
    for (int i = 0; i < signature.outputs().size(); i++) {
      TensorSpec spec = signature.outputs().get(i);
      if (request.outputs().isEmpty() || request.outputs().contains(spec.name())) {
        outputs.add(output(spec, input(request, i)));
      }
    }
    return CompletableFuture.completedFuture(outputs);
  }

  /** Outputs have the roles that they are named by. */
  @Override
  public OutputRoles roles() {
    return new OutputRoles(named("scores"), named("classes"), named("value"));
  }

  private String named(String role) {
    boolean isThere = signature.outputs().stream().anyMatch(spec -> spec.name().equals(role));
    return isThere ? role : "";
  }

  private Tensor input(InferenceRequest request, int index) {
    String name = signature.inputs().get(index % signature.inputs().size()).name();
    return request.inputs().stream()
        .filter(tensor -> tensor.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static Tensor output(TensorSpec spec, Tensor input) {
    if (spec.shape().rank() == 0) {
      return new Tensor(
          spec.name(), spec.dtype(), Shape.of(), input.data().slice(0, spec.dtype().byteSize()));
    }
    return new Tensor(spec.name(), input.dtype(), input.shape(), input.data());
  }

  @Override
  public void close() {}
}
