package io.millrace.server.model;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a version has done since it was loaded, added up. Immutable.
 *
 * @param lastRun when the last run that was answered ended, by the wall clock; empty before the
 *     first
 * @param batches the runs that were answered, by their rows, fewest first
 */
public record ServingStatistics(
    Answered answered, Failed failed, Optional<Instant> lastRun, List<Batches> batches) {
  /** Nothing yet. */
  public static final ServingStatistics NONE =
      new ServingStatistics(
          new Answered(0, 0, 0, 0, new Phases(0, 0, 0)),
          new Failed(0, 0),
          Optional.empty(),
          List.of());

  public ServingStatistics {
    batches = List.copyOf(batches);
  }

  /** How often the model ran for calls that it answered. */
  public long runs() {
    return batches.stream().mapToLong(Batches::runs).sum();
  }

  /**
   * The calls for which a run gave an answer, also one that then came too late for its caller.
   *
   * @param rows of all of them
   * @param nanos from their arrival at the version to their answers
   * @param queueNanos the part of it before their runs
   * @param phases the rest; a run counts once for each of the calls that took part
   */
  public record Answered(long calls, long rows, long nanos, long queueNanos, Phases phases) {}

  /**
   * The calls that the version took or had no room for, and for which no run gave an answer. A
   * request that does not fit its signature never came to it.
   *
   * @param nanos from their arrival at the version to their end
   */
  public record Failed(long calls, long nanos) {}

  /**
   * What runs took.
   *
   * @param inputNanos to put inputs where the model reads them
   * @param modelNanos in the model
   * @param outputNanos to fetch the outputs and give each call its own
   */
  public record Phases(long inputNanos, long modelNanos, long outputNanos) {}

  /**
   * The runs of one size.
   *
   * @param rows that ran together; a large power of two also stands for the sizes below it, down to
   *     the one before
   */
  public record Batches(long rows, long runs, Phases phases) {}
}
