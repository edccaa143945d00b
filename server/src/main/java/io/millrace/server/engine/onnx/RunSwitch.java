package io.millrace.server.engine.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;

/** Ends a run from another thread, and only the one that is under way. Thread-safe. */
final class RunSwitch implements AutoCloseable {
  // Guarded by this.
  private final RunOptions options;
  private boolean running;
  private boolean stopped;

  RunSwitch() throws OrtException {
    options = new RunOptions();
  }

  /** Begins a run; what it must be given. */
  synchronized RunOptions begin() {
    running = true;
    return options;
  }

  /** Ends the run; whether it was stopped. */
  synchronized boolean end() {
    running = false;
    boolean was = stopped;
    if (was) {
      stopped = false;
      terminate(false);
    }
    return was;
  }

  /** The engine looks at it between two of the model's operations. */
  synchronized void stop() {
    if (running && !stopped) {
      stopped = true;
      terminate(true);
    }
  }

  private void terminate(boolean value) {
    try {
      options.setTerminate(value);
    } catch (OrtException e) {
      throw new IllegalStateException("a run's options could not be set", e);
    }
  }

  @Override
  public synchronized void close() {
    options.close();
  }
}
