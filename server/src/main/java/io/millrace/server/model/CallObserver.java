package io.millrace.server.model;

/**
 * Follows one call of a model through the rooms, for whoever measures and traces it; the rooms need
 * to know nothing of either. Its methods come from several threads, one after the other; they
 * return at once and do not throw. All times are those of {@link System#nanoTime()}.
 */
public interface CallObserver {
  /** Looks away. */
  CallObserver NONE = new CallObserver() {};

  /**
   * The version that is to answer was found; the request may still be refused.
   *
   * @param engine what runs it
   */
  default void versionChosen(ModelVersionId version, String engine) {}

  /**
   * The request fits the version's signature.
   *
   * @param deadlineNanos when its caller stops waiting
   */
  default void accepted(long rows, long deadlineNanos) {}

  /** The request left the queue to run. */
  default void taken(long enqueuedNanos, long takenNanos) {}

  /** The request left the queue because nobody waits for it any more; it does not run. */
  default void dropped(long enqueuedNanos, long droppedNanos) {}

  /** The model ran, with or without success. */
  default void executed(Execution execution) {}

  /**
   * One run of a model.
   *
   * @param instance the thread that ran it
   * @param rows of all requests that ran together
   * @param place of this request among them, from 0
   */
  record Execution(String instance, long rows, int place, long startNanos, long endNanos) {}
}
