package io.millrace.server.model;

import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Tells whether and when a caller has gone. Thread-safe. */
@FunctionalInterface
public interface Cancellation {
  /** Whether nobody waits for the answer any more. */
  boolean isRequested();

  /**
   * Has an action run when the caller goes, when its deadline passes, or at the latest when the
   * call ends; at once if that was before. The action must be quick; any thread may run it.
   */
  default void whenOver(Runnable action) {}

  /**
   * A cancellation of two parts.
   *
   * @param listeners takes the actions to be run
   */
  static Cancellation of(BooleanSupplier requested, Consumer<Runnable> listeners) {
    return new Cancellation() {
      @Override
      public boolean isRequested() {
        return requested.getAsBoolean();
      }

      @Override
      public void whenOver(Runnable action) {
        listeners.accept(action);
      }
    };
  }
}
