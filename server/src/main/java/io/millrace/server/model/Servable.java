package io.millrace.server.model;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * One loaded version that answers requests. Thread-safe.
 *
 * <p>Whoever calls {@link #infer} holds a counted loan, so {@link #close()} is called once and
 * never while a call is unanswered.
 */
public interface Servable extends AutoCloseable {
  Signature signature();

  /** The name of what runs it, such as {@code onnxruntime}. */
  String engine();

  /** The identity of the bytes that it was loaded from, {@code sha256:...}; empty if not known. */
  default String digest() {
    return "";
  }

  /** What the classes that it scores are called, if it is a classifier that came with names. */
  default ClassLabels labels() {
    return ClassLabels.NONE;
  }

  /** What its outputs mean, as far as its configuration says so. */
  default OutputRoles roles() {
    return OutputRoles.NONE;
  }

  /** How its calls come to run. */
  default Scheduling scheduling() {
    return Scheduling.ALONE;
  }

  /** What it has done so far; nothing if it keeps no count. */
  default ServingStatistics statistics() {
    return ServingStatistics.NONE;
  }

  /**
   * Why no run of it was tried before it served, and what to do, in words for people; empty if one
   * was, or if nothing is to be done.
   */
  default Optional<String> untried() {
    return Optional.empty();
  }

  /**
   * Runs a validated request, without blocking the calling thread. The stage ends exceptionally
   * with a {@link ServingException} and never on a thread that runs models, so that a slow caller
   * holds up none.
   *
   * <p>What does not answer in the turn of the event loop that calls it must ask the request's
   * {@linkplain Cancellation#whenOver cancellation} to tell when the call is over: only then is the
   * call ended when it has taken too long.
   *
   * @return the requested outputs in the requested order
   */
  CompletionStage<List<Tensor>> infer(InferenceRequest request);

  @Override
  void close();
}
