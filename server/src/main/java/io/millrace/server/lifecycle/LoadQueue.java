package io.millrace.server.lifecycle;

import io.millrace.server.model.Reason;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServableLoader;
import io.millrace.server.model.ServingException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands loads to the loader threads, so many at a time, and gives up those that take too long.
 * Confined to the lifecycle thread, but for the loads themselves.
 *
 * <p>Nothing can end a load that hangs in native code. It is left to itself and its place goes to
 * another; only so many are left so, because each holds a thread and perhaps a core.
 */
final class LoadQueue {
  private static final Logger log = LoggerFactory.getLogger(ModelManager.class);

  /** Loads that may hang beside those that run. */
  static final int MAX_HANGING = 4;

  private final ServableLoader loader;
  private final LifecycleThreads threads;
  private final int atATime;
  private final Duration timeout;
  private final BooleanSupplier stopping;
  private final Deque<VersionLoad> waiting = new ArrayDeque<>();

  /** With what stops the clock of each. */
  private final Map<VersionLoad, Runnable> running = new HashMap<>();

  private int hanging;

  /**
   * @param stopping asked on any thread: what has not begun then never does
   */
  LoadQueue(
      ServableLoader loader,
      LifecycleThreads threads,
      LifecycleOptions options,
      BooleanSupplier stopping) {
    this.loader = loader;
    this.threads = threads;
    this.atATime = options.loadThreads();
    this.timeout = options.loadTimeout();
    this.stopping = stopping;
  }

  void add(VersionLoad load) {
    waiting.add(load);
    startWaiting();
  }

  /** The server stops: what waits for a place need not wait to hear that it gets none. */
  void dropWaiting() {
    while (!waiting.isEmpty()) {
      waiting.remove().dropped();
    }
  }

  private void startWaiting() {
    while (!waiting.isEmpty() && hasRoom()) {
      start(waiting.remove());
    }
    while (!waiting.isEmpty() && hanging >= atATime + MAX_HANGING) {
      VersionLoad load = waiting.remove();
      // Not now: whoever adds a load is in the middle of its steps.
      later(() -> load.failed(stuck()));
    }
  }

  private boolean hasRoom() {
    return running.size() < atATime && running.size() + hanging < atATime + MAX_HANGING;
  }

  private ServingException stuck() {
    return ServingException.refusal(
        Reason.MODEL_LOAD_TIMEOUT,
        "not begun, since %d other loads hang and hold all threads that load; restart the server"
            .formatted(hanging));
  }

  private void start(VersionLoad load) {
    running.put(load, threads.timer().after(timeout, () -> later(() -> giveUp(load))));
    threads.loaders().execute(() -> run(load));
  }

  /** Runs on a loader thread. */
  private void run(VersionLoad load) {
    if (stopping.getAsBoolean()) {
      // A stop waits for the loads that run, not for those that are still queued behind them.
      later(() -> end(load, load::dropped));
      return;
    }
    later(() -> begun(load));
    try {
      Servable servable = loader.load(load.artifact());
      later(() -> loaded(load, servable));
    } catch (ServingException e) {
      later(() -> end(load, () -> load.failed(e)));
    } catch (Throwable e) {
      // Whatever a framework throws, the record must not stay at LOADING for ever.
      log.error("{}: loading failed unexpectedly", load.artifact().id(), e);
      String message = "loading failed unexpectedly; the server's log has the cause";
      ServingException problem = ServingException.failure(Reason.MODEL_LOAD_FAILED, message, e);
      later(() -> end(load, () -> load.failed(problem)));
    }
  }

  private void begun(VersionLoad load) {
    if (running.containsKey(load)) {
      load.begun();
    }
  }

  private void loaded(VersionLoad load, Servable servable) {
    if (!running.containsKey(load)) {
      load.cameLate(servable);
    }
    end(load, () -> load.loaded(servable));
  }

  /** The load has come to its end: tells so, unless it had been given up. */
  private void end(VersionLoad load, Runnable tell) {
    Runnable clock = running.remove(load);
    if (clock != null) {
      clock.run();
      tell.run();
    } else {
      hanging--;
      log.info("{}: the load that had been given up has ended", load.artifact().id());
      load.returned(tooLong());
    }
    startWaiting();
  }

  private void giveUp(VersionLoad load) {
    if (running.remove(load) != null) {
      hanging++;
      log.warn("{}: its load is given up, {} such loads hang", load.artifact().id(), hanging);
      load.gaveUp(tooLong());
      startWaiting();
    }
  }

  private ServingException tooLong() {
    return ServingException.refusal(
        Reason.MODEL_LOAD_TIMEOUT,
        "loading took longer than %d s; if it is large rather than broken, raise --load-timeout"
            .formatted(timeout.toSeconds()));
  }

  private void later(Runnable task) {
    threads.lifecycle().execute(task);
  }
}
