package io.millrace.server.grpc;

import io.millrace.server.inference.RequestValidator;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Quote;
import io.millrace.server.model.VersionSelector;
import io.millrace.tensorflow.serving.PredictRequest;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request of TensorFlow Serving's Predict, and what is wrong with it. Values that it does not
 * spell out are made only for tensors that fit the version which would answer now; should another
 * one step in before the run, the request is checked again as any other. For one thread at a time.
 */
final class TensorFlowCodec implements ReadRequest {
  private final PredictRequest request;
  private final ModelCatalog catalog;
  private final int maxBytes;
  private @Nullable TensorFlowTensors inputs;

  /**
   * @param catalog tells the signatures of models
   * @param maxBytes the most that values may take together which the request does not spell out
   */
  TensorFlowCodec(PredictRequest request, ModelCatalog catalog, int maxBytes) {
    this.request = request;
    this.catalog = catalog;
    this.maxBytes = maxBytes;
  }

  /** These requests have no id. */
  @Override
  public String id() {
    return "";
  }

  @Override
  public Map<String, String> subject() {
    return spec().subject();
  }

  private TensorFlowModelSpec spec() {
    return new TensorFlowModelSpec(request.getModelSpec());
  }

  @Override
  public boolean isLong() {
    return inputs().newBytes() > MOST_NEW_BYTES;
  }

  @Override
  public InferenceRequest decode(InferenceDoor.Patience patience) {
    return new InferenceRequest(
        spec().model(),
        spec().version(),
        inputs().tensors(),
        request.getOutputFilterList(),
        patience.deadlineNanos(),
        patience.cancellation());
  }

  /** What the request has beside values, which was found right. */
  private TensorFlowTensors inputs() {
    TensorFlowTensors known = inputs;
    if (known == null) {
      known = checkedInputs(spec().model(), spec().version());
      inputs = known;
    }
    return known;
  }

  private TensorFlowTensors checkedInputs(String model, VersionSelector version) {
    spec().requireKnownSignature();
    checkCounts();
    TensorFlowTensors tensors = new TensorFlowTensors(maxBytes);
    request
        .getInputsMap()
        .forEach((name, tensor) -> tensors.add("inputs[" + Quote.of(name) + "]", name, tensor));
    if (tensors.newBytes() > 0) {
      RequestValidator.requireFit(
          tensors.heads(),
          request.getOutputFilterList(),
          catalog.served(model, version).signature());
      MessageMemory.SHARE.get().grow(tensors.newBytes());
    }
    return tensors;
  }

  private void checkCounts() {
    RequestFields.checkTensorCount("inputs", request.getInputsCount());
    RequestFields.checkTensorCount("output_filter", request.getOutputFilterCount());
    RequestFields.checkTensorNames("inputs", List.copyOf(request.getInputsMap().keySet()));
    RequestFields.checkTensorNames("output_filter[%d]", request.getOutputFilterList());
  }
}
