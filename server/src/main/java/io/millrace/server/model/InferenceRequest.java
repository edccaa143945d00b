package io.millrace.server.model;

import java.util.List;

/**
 * One call of a model, free of any protocol.
 *
 * @param inputs one tensor for each input, in any order until the request was validated, then in
 *     the model's
 * @param outputs names of the outputs to return; empty means all
 * @param deadlineNanos when the caller stops waiting, on the clock of {@link System#nanoTime()}
 * @param cancellation tells when the caller has gone
 * @param priority which of the calls that wait run first
 * @param rows how many rows the inputs have; 1 until the request was validated
 * @param observer follows the call
 * @param classes which outputs shall be told as their highest classes
 * @param place who may run it: the instances if its answer takes long to write, for that is done
 *     where it ran; else whoever the model says
 */
public record InferenceRequest(
    String model,
    VersionSelector version,
    List<Tensor> inputs,
    List<String> outputs,
    long deadlineNanos,
    Cancellation cancellation,
    Priority priority,
    long rows,
    CallObserver observer,
    ClassCounts classes,
    RunPlace place) {
  public InferenceRequest {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /** A call as it comes, of normal priority, that nobody follows. */
  public InferenceRequest(
      String model,
      VersionSelector version,
      List<Tensor> inputs,
      List<String> outputs,
      long deadlineNanos,
      Cancellation cancellation) {
    this(
        model,
        version,
        inputs,
        outputs,
        deadlineNanos,
        cancellation,
        Priority.NORMAL,
        1,
        CallObserver.NONE,
        ClassCounts.NONE,
        RunPlace.AUTO);
  }

  /** The same call with its inputs in another order. */
  public InferenceRequest withInputs(List<Tensor> ordered) {
    return new InferenceRequest(
        model,
        version,
        ordered,
        outputs,
        deadlineNanos,
        cancellation,
        priority,
        rows,
        observer,
        classes,
        place);
  }

  /** The same call with its rows counted, followed by this observer. */
  public InferenceRequest observedBy(CallObserver follower, long rowCount) {
    return new InferenceRequest(
        model,
        version,
        inputs,
        outputs,
        deadlineNanos,
        cancellation,
        priority,
        rowCount,
        follower,
        classes,
        place);
  }

  /** The same call with another priority and deadline. */
  public InferenceRequest urgent(Priority urgency, long deadline) {
    return new InferenceRequest(
        model,
        version,
        inputs,
        outputs,
        deadline,
        cancellation,
        urgency,
        rows,
        observer,
        classes,
        place);
  }

  /** The same call with classes by name; as these take long to write, the instances run it. */
  public InferenceRequest naming(ClassCounts asked) {
    return asked.equals(classes) ? this : onInstances(asked);
  }

  /** The same call for the instances alone, as its answer takes long to write. */
  public InferenceRequest onInstances() {
    return onInstances(classes);
  }

  private InferenceRequest onInstances(ClassCounts asked) {
    return new InferenceRequest(
        model,
        version,
        inputs,
        outputs,
        deadlineNanos,
        cancellation,
        priority,
        rows,
        observer,
        asked,
        RunPlace.INSTANCES);
  }
}
