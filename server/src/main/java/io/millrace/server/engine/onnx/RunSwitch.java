package io.millrace.server.engine.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the runs of one instance are given: a way to end the one that is under way from another
 * thread, and from time to time the order to give memory back. Thread-safe.
 */
final class RunSwitch implements AutoCloseable {
  /** ONNX Runtime keeps what its largest run took; so often a run gives back what lies idle. */
  private static final long TRIM_NANOS = TimeUnit.SECONDS.toNanos(5);

  // Guarded by this.
  private final RunOptions plain;
  private final RunOptions trimming;
  private long trimmedNanos = System.nanoTime();
  private @Nullable RunOptions running;
  private boolean stopped;

  RunSwitch() throws OrtException {
    plain = new RunOptions();
    try {
      trimming = new RunOptions();
      trimming.addRunConfigEntry("memory.enable_memory_arena_shrinkage", "cpu:0");
    } catch (OrtException e) {
      plain.close();
      throw e;
    }
  }

  /** Begins a run; what it must be given. */
  synchronized RunOptions begin(long nowNanos) {
    boolean isDue = nowNanos - trimmedNanos >= TRIM_NANOS;
    trimmedNanos = isDue ? nowNanos : trimmedNanos;
    RunOptions options = isDue ? trimming : plain;
    running = options;
    return options;
  }

  /** Ends the run; whether it was stopped. */
  synchronized boolean end() {
    boolean was = stopped;
    if (was && running != null) {
      terminate(running, false);
    }
    stopped = false;
    running = null;
    return was;
  }

  /** The engine looks at it between two of the model's operations. */
  synchronized void stop() {
    if (running != null && !stopped) {
      stopped = true;
      terminate(running, true);
    }
  }

  private static void terminate(RunOptions options, boolean value) {
    try {
      options.setTerminate(value);
    } catch (OrtException e) {
      throw new IllegalStateException("a run's options could not be set", e);
    }
  }

  @Override
  public synchronized void close() {
    try (plain) {
      trimming.close();
    }
  }
}
