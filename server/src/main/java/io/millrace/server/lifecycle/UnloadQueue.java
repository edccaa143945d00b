package io.millrace.server.lifecycle;

import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Servable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes servables on loader threads, a few at a time, and has the memory given back to the system
 * when some were closed. Confined to the lifecycle thread.
 */
final class UnloadQueue {
  private static final Logger log = LoggerFactory.getLogger(ModelManager.class);

  private static final int AT_A_TIME = 2;

  /** While many go one after the other, giving back once a second is enough. */
  static final Duration PAUSE = Duration.ofSeconds(1);

  private final LifecycleThreads threads;
  private final Consumer<Servable> closer;
  private final Runnable giveMemoryBack;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private int running;
  private boolean isGivingBack;

  /**
   * @param closer runs on a loader thread
   * @param giveMemoryBack runs on a loader thread, a pause after loads and closes
   */
  UnloadQueue(LifecycleThreads threads, Consumer<Servable> closer, Runnable giveMemoryBack) {
    this.threads = threads;
    this.closer = closer;
    this.giveMemoryBack = giveMemoryBack;
  }

  /** Closes the servable; a failure to do so is logged. */
  void add(ModelVersionId id, Servable servable, Runnable whenClosed) {
    waiting.add(
        () -> {
          closeLogged(id, servable);
          later(() -> closed(whenClosed));
        });
    startWaiting();
  }

  private void startWaiting() {
    while (!waiting.isEmpty() && running < AT_A_TIME) {
      running++;
      threads.loaders().execute(waiting.remove());
    }
  }

  private void closeLogged(ModelVersionId id, Servable servable) {
    try {
      closer.accept(servable);
    } catch (Throwable e) {
      // The record must not stay at UNLOADING: a stop would wait for it in vain.
      log.error("{}: closing failed", id, e);
    }
  }

  private void closed(Runnable whenClosed) {
    running--;
    startWaiting();
    giveBackSoon();
    whenClosed.run();
  }

  /** A load, too, leaves memory behind: what it read the files into. */
  void giveBackSoon() {
    if (!isGivingBack) {
      isGivingBack = true;
      threads.timer().after(PAUSE, () -> later(this::giveBack));
    }
  }

  private void giveBack() {
    isGivingBack = false;
    threads.loaders().execute(giveMemoryBack);
  }

  private void later(Runnable task) {
    threads.lifecycle().execute(task);
  }
}
