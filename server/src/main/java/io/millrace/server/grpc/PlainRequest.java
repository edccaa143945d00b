package io.millrace.server.grpc;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionSelector;
import java.util.List;
import java.util.Map;

/** A request that was written in the usual form and obeys all rules. */
record PlainRequest(
    String id, String model, VersionSelector version, List<Tensor> inputs, List<String> outputs)
    implements ReadRequest {
  PlainRequest {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  @Override
  public InferenceRequest decode(InferenceDoor.Patience patience) {
    return new InferenceRequest(
        model, version, inputs, outputs, patience.deadlineNanos(), patience.cancellation());
  }

  @Override
  public Map<String, String> subject() {
    return ErrorSubject.ofModel(model).version(versionText()).requestId(id).toMetadata();
  }

  private String versionText() {
    if (version instanceof VersionSelector.ByNumber number) {
      return Long.toString(number.version());
    }
    return version instanceof VersionSelector.ByLabel label ? label.label() : "";
  }
}
