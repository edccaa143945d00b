package io.millrace.server.repository;

import java.time.Duration;

/**
 * How long to wait from one scan to the next. A repository of thousands of models is scanned less
 * often, so that scans never take more than a twentieth of a core: a twenty-fifth for what they do,
 * and the rest for the collection of what they leave. Pure.
 *
 * @param interval the pause that is asked for
 */
record ScanPace(Duration interval) {
  /** A scan that takes a part of a core's time is followed by so many such parts without one. */
  private static final int REST_PER_WORK = 24;

  /** What was seen once and waits for its second look does not wait longer, but for the above. */
  private static final Duration LONGEST_SETTLING = Duration.ofSeconds(1);

  private static final Duration LONGEST_REST = Duration.ofMinutes(1);

  /**
   * The pause after a scan.
   *
   * @param isSettled whether nothing waits for a second look
   * @param cpu what the scan took of a core; waiting for a disk does not count
   */
  Duration pauseAfter(boolean isSettled, Duration cpu) {
    Duration wanted = isSettled ? interval : least(interval, LONGEST_SETTLING);
    Duration rest = least(cpu.multipliedBy(REST_PER_WORK), LONGEST_REST);
    return wanted.compareTo(rest) < 0 ? rest : wanted;
  }

  private static Duration least(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
