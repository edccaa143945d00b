package io.millrace.server.grpc;

import io.millrace.server.inference.ExampleRows;
import io.millrace.server.inference.ExampleTask;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.VersionSelector;
import java.util.List;
import java.util.Map;

/**
 * A request of TensorFlow Serving's Classify or Regress, and what is wrong with it. Which inputs
 * its features fill, the version says that would answer now; should another one step in between
 * that and the run, the request is checked against its signature as any other.
 */
record ExampleCodec(
    ExampleTask task, TensorFlowModelSpec spec, TensorFlowExamples examples, ModelCatalog catalog)
    implements ReadRequest {
  /** These requests have no id. */
  @Override
  public String id() {
    return "";
  }

  @Override
  public String signatureName() {
    return spec.signatureName();
  }

  @Override
  public Map<String, String> subject() {
    return spec.subject();
  }

  @Override
  public InferenceRequest decode(InferenceDoor.Patience patience) {
    String model = spec.model();
    VersionSelector version = spec.version();
    task.requireSignature("model_spec.signature_name", spec.signatureName());
    ModelCatalog.ServedVersion served = catalog.served(model, version);
    List<String> outputs = task.outputs(model, served.roles(), served.signature());
    ExampleRows rows = examples.rows(served.signature());
    MessageMemory.SHARE.get().grow(rows.bytes());
    return new InferenceRequest(
        model, version, rows.tensors(), outputs, patience.deadlineNanos(), patience.cancellation());
  }
}
