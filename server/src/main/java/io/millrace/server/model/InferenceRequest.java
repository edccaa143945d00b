package io.millrace.server.model;

import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * One call of a model, free of any protocol.
 *
 * @param inputs one tensor for each input, in any order until the request was validated, then in
 *     the model's
 * @param outputs names of the outputs to return; empty means all
 * @param deadlineNanos when the caller stops waiting, on the clock of {@link System#nanoTime()}
 * @param cancelled whether the caller has gone; any thread may ask
 * @param rows how many rows the inputs have; 1 until the request was validated
 * @param observer follows the call
 */
public record InferenceRequest(
    String model,
    VersionSelector version,
    List<Tensor> inputs,
    List<String> outputs,
    long deadlineNanos,
    BooleanSupplier cancelled,
    long rows,
    CallObserver observer) {
  public InferenceRequest {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /** A call as it comes, that nobody follows. */
  public InferenceRequest(
      String model,
      VersionSelector version,
      List<Tensor> inputs,
      List<String> outputs,
      long deadlineNanos,
      BooleanSupplier cancelled) {
    this(model, version, inputs, outputs, deadlineNanos, cancelled, 1, CallObserver.NONE);
  }

  /** The same call with its inputs in another order. */
  public InferenceRequest withInputs(List<Tensor> ordered) {
    return new InferenceRequest(
        model, version, ordered, outputs, deadlineNanos, cancelled, rows, observer);
  }

  /** The same call with its rows counted, followed by this observer. */
  public InferenceRequest observedBy(CallObserver follower, long rowCount) {
    return new InferenceRequest(
        model, version, inputs, outputs, deadlineNanos, cancelled, rowCount, follower);
  }
}
