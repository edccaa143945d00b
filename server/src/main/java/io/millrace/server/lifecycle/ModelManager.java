package io.millrace.server.lifecycle;

import io.millrace.server.config.Problem;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServableLoader;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionSelector;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the wanted versions up, takes the others down, and lends those that serve. Thread-safe:
 * records change on the lifecycle thread alone, which publishes an immutable index that callers
 * read without waiting.
 */
public final class ModelManager implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ModelManager.class);

  private final LifecycleOptions options;
  private final LifecycleThreads threads;
  private final LifecycleControl control;
  private final Announcements announcements;
  private final MemoryBudget budget;
  private final Demands demands;
  private final ModelAdmin admin;
  private final ModelFeed feed;

  /** The newest wish for each model that the lifecycle thread has not seen yet. */
  private final Map<String, DesiredVersions> pending = new ConcurrentHashMap<>();

  private volatile RepositoryAlarms alarms = RepositoryAlarms.NONE;
  private volatile boolean scanned;
  private volatile boolean stopping;

  /** A manager that follows the repository and operators. */
  public ModelManager(ServableLoader loader, LifecycleOptions options) {
    this(loader, options, ModelControl.POLL);
  }

  private ModelManager(ServableLoader loader, LifecycleOptions options, ModelControl mode) {
    this(loader, options, mode, LifecycleThreads.start(), Clock.systemUTC());
  }

  /** A manager that tells what becomes of its versions by metrics and traces. */
  public ModelManager(
      ServableLoader loader, LifecycleOptions options, ModelControl mode, OpenTelemetry telemetry) {
    this(loader, options, mode);
    addListener(new LifecycleMetrics(telemetry, budget, () -> alarms.problems().size()));
    addListener(new LifecycleTracing(telemetry));
  }

  ModelManager(
      ServableLoader loader,
      LifecycleOptions options,
      ModelControl mode,
      LifecycleThreads threads,
      Clock clock) {
    this.options = options;
    this.threads = threads;
    this.budget = new MemoryBudget(options.memoryBudget().bytes());
    this.control =
        new LifecycleControl(
            new BudgetedLoader(loader, budget, MemoryEstimate::of), options, threads, clock);
    this.announcements = control.announcements();
    this.demands = new Demands(mode);
    this.admin = new ModelAdmin(mode, control, demands, threads.lifecycle());
    this.feed = new ModelFeed(threads.lifecycle(), announcements::index, newEpoch());
    addListener(feed.listener());
  }

  private static String newEpoch() {
    return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  }

  /** Takes the orders of operators. */
  public ModelAdmin admin() {
    return admin;
  }

  /** Tells of every change. */
  public ModelFeed feed() {
    return feed;
  }

  /** Adds a listener before the first wish; it hears every later change. */
  public void addListener(VersionListener listener) {
    announcements.addListener(listener);
  }

  /**
   * Replaces the wish for a model and returns at once; of several wishes in a row only the newest
   * counts, and after {@link #close()} none.
   */
  public void accept(DesiredVersions wish) {
    if (pending.put(wish.model(), wish) == null) {
      threads.lifecycle().execute(() -> adopt(wish.model()));
    }
  }

  private void adopt(String model) {
    DesiredVersions newest = pending.remove(model);
    if (newest != null) {
      control.adopt(demands.seen(newest));
    }
  }

  /** Says what of the repository cannot be read; none when all can. */
  public void alarm(List<Problem> unreadable) {
    alarms = new RepositoryAlarms(unreadable);
  }

  /**
   * Says that the repository was read once in full, so that "unknown" no longer means "not seen
   * yet".
   */
  public void firstScanDone() {
    threads
        .lifecycle()
        .execute(
            () -> {
              scanned = true;
              admin.scanned();
              control.scanned();
            });
  }

  /**
   * Lends the version that the selector names; never blocks.
   *
   * @throws ServingException MODEL_NOT_FOUND, VERSION_NOT_FOUND, MODEL_LOADING, MODEL_LOAD_FAILED,
   *     SERVER_STARTING or SERVER_DRAINING
   */
  public ServableHandle acquire(String model, VersionSelector selector) {
    while (true) {
      CountedServable found = select(model, selector);
      // A retain fails only after a newer index without this servable was published: look again.
      if (found.tryRetain()) {
        return new ServableHandle(found);
      }
      Thread.onSpinWait();
    }
  }

  private CountedServable select(String model, VersionSelector selector) {
    try {
      return announcements.index().select(model, selector);
    } catch (ServingException e) {
      if (stopping) {
        throw ServingException.refusal(Reason.SERVER_DRAINING, "the server is stopping");
      }
      if (e.reason() == Reason.MODEL_NOT_FOUND && !scanned) {
        throw ServingException.refusal(
            Reason.SERVER_STARTING,
            "the server is starting and has not seen model %s yet".formatted(Quote.of(model)));
      }
      throw e;
    }
  }

  /** All models by name; never blocks. */
  public List<ModelStatus> models() {
    return announcements.index().statuses().stream().map(alarms::on).toList();
  }

  /** One model, if it is known; never blocks. */
  public Optional<ModelStatus> model(String name) {
    return announcements.index().status(name).map(alarms::on);
  }

  /**
   * Whether the server can answer for what the repository held when it started: each wanted version
   * serves or has failed. Later versions do not change it; a stop does.
   */
  public boolean isReady() {
    return announcements.isReady();
  }

  /** Closes as {@link #close(Duration)} does, within the stop timeout of the options. */
  @Override
  public void close() {
    close(options.stopTimeout());
  }

  /**
   * Unloads everything. Waits for loans to come back and loads to end, at most so long; whatever is
   * left then stays in memory, because closing what runs would crash the process. A second close
   * does nothing.
   */
  public void close(Duration limit) {
    if (stopping) {
      return;
    }
    stopping = true;
    CountDownLatch stopped = new CountDownLatch(1);
    threads.lifecycle().execute(() -> control.stop(stopped::countDown));
    try {
      if (stopped.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        threads.stop();
      } else {
        log.warn("some versions are still in use after {}; leaving them", limit);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
