package io.millrace.server.grpc;

import io.millrace.server.inference.ExampleRows;
import io.millrace.server.inference.ExampleTask;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.VersionSelector;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request of TensorFlow Serving's Classify or Regress, and what is wrong with it. Which inputs
 * its features fill, the version says that would answer now; should another one step in between
 * that and the run, the request is checked against its signature as any other. For one thread at a
 * time.
 */
final class ExampleCodec implements ReadRequest {
  private static final int MOST_AT_ONCE = 1_000;

  private final ExampleTask task;
  private final TensorFlowModelSpec spec;
  private final TensorFlowExamples examples;
  private final ModelCatalog catalog;
  private @Nullable Rows rows;

  ExampleCodec(
      ExampleTask task,
      TensorFlowModelSpec spec,
      TensorFlowExamples examples,
      ModelCatalog catalog) {
    this.task = task;
    this.spec = spec;
    this.examples = examples;
    this.catalog = catalog;
  }

  /** The examples, and which outputs of the model tell of them. */
  private record Rows(ExampleRows examples, List<String> outputs) {}

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

  /** A context is written once for each example, and many examples take long to go through. */
  @Override
  public boolean isLong() {
    return examples.count() > MOST_AT_ONCE || rows().examples().bytes() > MOST_NEW_BYTES;
  }

  @Override
  public InferenceRequest decode(InferenceDoor.Patience patience) {
    return new InferenceRequest(
        spec.model(),
        spec.version(),
        rows().examples().tensors(),
        rows().outputs(),
        patience.deadlineNanos(),
        patience.cancellation());
  }

  private Rows rows() {
    Rows known = rows;
    if (known == null) {
      known = readRows();
      rows = known;
    }
    return known;
  }

  private Rows readRows() {
    String model = spec.model();
    VersionSelector version = spec.version();
    task.requireSignature("model_spec.signature_name", spec.signatureName());
    ModelCatalog.ServedVersion served = catalog.served(model, version);
    List<String> outputs = task.outputs(model, served.roles(), served.signature());
    ExampleRows read = examples.rows(served.signature());
    MessageMemory.SHARE.get().grow(read.bytes());
    return new Rows(read, outputs);
  }
}
