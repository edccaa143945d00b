package io.millrace.server.grpc;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionSelector;
import io.millrace.tensorflow.serving.PredictRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A request of TensorFlow Serving's Predict, and what is wrong with it.
 *
 * @param maxTensorBytes the most that the values of one tensor may take, however few it came with
 */
record TensorFlowCodec(PredictRequest request, int maxTensorBytes) implements ReadRequest {
  /** These requests have no id. */
  @Override
  public String id() {
    return "";
  }

  @Override
  public Map<String, String> subject() {
    return new TensorFlowModelSpec(request.getModelSpec()).subject();
  }

  @Override
  public InferenceRequest decode(InferenceDoor.Patience patience) {
    TensorFlowModelSpec spec = new TensorFlowModelSpec(request.getModelSpec());
    String model = spec.model();
    VersionSelector version = spec.version();
    spec.requireKnownSignature();
    checkCounts();
    return new InferenceRequest(
        model,
        version,
        inputs(),
        request.getOutputFilterList(),
        patience.deadlineNanos(),
        patience.cancellation());
  }

  private void checkCounts() {
    RequestFields.checkTensorCount("inputs", request.getInputsCount());
    RequestFields.checkTensorCount("output_filter", request.getOutputFilterCount());
    RequestFields.checkTensorNames("inputs", List.copyOf(request.getInputsMap().keySet()));
    RequestFields.checkTensorNames("output_filter[%d]", request.getOutputFilterList());
  }

  private List<Tensor> inputs() {
    TensorFlowTensors tensors = new TensorFlowTensors(maxTensorBytes);
    List<Tensor> inputs = new ArrayList<>(request.getInputsCount());
    request
        .getInputsMap()
        .forEach(
            (name, tensor) ->
                inputs.add(tensors.decode("inputs[" + Quote.of(name) + "]", name, tensor)));
    return inputs;
  }
}
