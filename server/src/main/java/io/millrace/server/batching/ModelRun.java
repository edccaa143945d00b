package io.millrace.server.batching;

import io.millrace.server.engine.ModelInstance;
import io.millrace.server.model.CallObserver.Execution;

/**
 * One run of a batch. All times are those of {@link System#nanoTime()}.
 *
 * @param thread that ran it
 * @param rows of all its requests
 * @param began when its requests were seen to be wanted
 * @param modelBegan when its inputs were in place
 * @param modelEnded when the model was done
 * @param ended when each request had its part of the outputs
 */
record ModelRun(
    String thread, long rows, long began, long modelBegan, long modelEnded, long ended) {
  /**
   * The run that ends now on this thread. What its instance does not tell of it, or did of another,
   * counts as the model's time.
   */
  static ModelRun endingNow(ModelInstance instance, long rows, long began) {
    long ended = System.nanoTime();
    long modelBegan = instance.lastBeganNanos();
    long modelEnded = instance.lastEndedNanos();
    boolean isTold =
        modelBegan - began >= 0 && modelEnded - modelBegan >= 0 && ended - modelEnded >= 0;
    return new ModelRun(
        Thread.currentThread().getName(),
        rows,
        began,
        isTold ? modelBegan : began,
        isTold ? modelEnded : ended,
        ended);
  }

  /** What the observer of one of its requests is told. */
  Execution of(int place) {
    return new Execution(thread, rows, place, began, ended);
  }

  long nanos() {
    return ended - began;
  }

  long inputNanos() {
    return modelBegan - began;
  }

  long modelNanos() {
    return modelEnded - modelBegan;
  }

  long outputNanos() {
    return ended - modelEnded;
  }
}
