package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.DesiredVersions;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scans, asks the policy, and does what it says. Nothing that goes wrong ends it: the next scan
 * goes on. Confined to one thread.
 */
final class ScanRound implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(RepositoryWatcher.class);
  private static final int MAX_REMEMBERED = 100;

  /** A copy that goes on for ever must not keep the server from being ready for all the rest. */
  private static final int MAX_START_SCANS = 5;

  private final RepositoryScanner scanner;
  private final ScanPolicy policy;
  private final InstantSource clock;
  private final Outlet outlet;
  private final Set<String> failures = new HashSet<>();
  private RepositoryState state = RepositoryState.START;
  private int startScans;

  ScanRound(RepositoryScanner scanner, ScanPolicy policy, InstantSource clock, Outlet outlet) {
    this.scanner = scanner;
    this.policy = policy;
    this.clock = clock;
    this.outlet = outlet;
  }

  /**
   * Where wishes go.
   *
   * @param alarms takes what cannot be read whenever that changes; none when all can
   * @param firstScanDone called once, when all wishes are out for what the repository held at the
   *     start, or for as much of it as was not still being copied after five scans
   */
  record Outlet(
      Consumer<DesiredVersions> wishes, Consumer<List<Problem>> alarms, Runnable firstScanDone) {
    /** Of somebody whom alarms do not concern. */
    Outlet(Consumer<DesiredVersions> wishes, Runnable firstScanDone) {
      this(wishes, alarms -> {}, firstScanDone);
    }
  }

  @Override
  public void run() {
    guarded(this::scan);
  }

  private void scan() {
    ScanPolicy.Decision decision = policy.next(state, scanner.scan(), clock.instant());
    boolean newAlarms = !decision.next().alarms().equals(state.alarms());
    state = decision.next();
    if (newAlarms) {
      guarded(() -> outlet.alarms().accept(List.copyOf(state.alarms())));
    }
    decision.log().forEach(line -> log.atLevel(line.level()).log("{}", line.text()));
    for (DesiredVersions wish : decision.wishes()) {
      if (!guarded(() -> outlet.wishes().accept(wish))) {
        state = state.forget(wish.model());
      }
    }
    announceStart();
  }

  private void announceStart() {
    if (!state.started() || startScans == MAX_START_SCANS) {
      return;
    }
    startScans = state.isSettled() ? MAX_START_SCANS : startScans + 1;
    if (startScans == MAX_START_SCANS) {
      outlet.firstScanDone().run();
    }
  }

  /** Whether nothing is waiting for the next scan to find it complete. */
  boolean isSettled() {
    return state.isSettled();
  }

  /** Whether the step ended well; an unexpected failure is logged once for each text. */
  private boolean guarded(Runnable step) {
    try {
      step.run();
      return true;
    } catch (RuntimeException | Error e) {
      if (failures.size() >= MAX_REMEMBERED) {
        failures.clear();
      }
      if (failures.add(e.toString())) {
        log.error("the scan of the repository met an unexpected failure and goes on", e);
      }
      return false;
    }
  }
}
