package io.millrace.server.lifecycle;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A timer whose time, also read as a clock, goes on when the test says so. Confined to the test.
 */
final class ManualTimer extends Clock implements LifecycleTimer {
  private final List<Alarm> alarms = new ArrayList<>();
  private Instant now;
  private boolean stopped;

  private record Alarm(Instant at, Runnable task) {}

  ManualTimer(Instant begin) {
    now = begin;
  }

  @Override
  public Runnable after(Duration delay, Runnable task) {
    Alarm alarm = new Alarm(now.plus(delay), task);
    if (!stopped) {
      alarms.add(alarm);
    }
    return () -> alarms.remove(alarm);
  }

  @Override
  public void stop() {
    stopped = true;
    alarms.clear();
  }

  /** How many tasks it holds. */
  int pending() {
    return alarms.size();
  }

  /** Lets time pass and runs what came due meanwhile, in order of its time. */
  void pass(Duration time) {
    now = now.plus(time);
    List<Alarm> due =
        alarms.stream()
            .filter(alarm -> !alarm.at().isAfter(now))
            .sorted(Comparator.comparing(Alarm::at))
            .toList();
    alarms.removeAll(due);
    due.forEach(alarm -> alarm.task().run());
  }

  @Override
  public Instant instant() {
    return now;
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException("the test asks for " + zone);
  }
}
