package io.millrace.server.lifecycle;

import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.ServingException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How a version fares at one moment. Immutable.
 *
 * @param problem why the version failed, if it did
 * @param timeline the states so far, oldest first, the newest {@value #MAX_TIMELINE}
 * @param digest the identity of the bytes that are loaded; empty while none are, or if not known
 * @param failures how often it failed to load, and when it is tried again
 * @param alarm why its files cannot be read while it serves; empty if they can
 */
public record VersionStatus(
    ModelVersionId id,
    VersionState state,
    Optional<ServingException> problem,
    List<StateChange> timeline,
    String digest,
    LoadFailures failures,
    String alarm) {
  /**
   * Older changes are forgotten, so that a version that comes and goes for years costs no memory.
   */
  public static final int MAX_TIMELINE = 16;

  public VersionStatus {
    timeline = List.copyOf(timeline);
  }

  /** One whose files can be read. */
  public VersionStatus(
      ModelVersionId id,
      VersionState state,
      Optional<ServingException> problem,
      List<StateChange> timeline,
      String digest,
      LoadFailures failures) {
    this(id, state, problem, timeline, digest, failures, "");
  }

  /** The same with an alarm. */
  VersionStatus alarmedBy(String reason) {
    return new VersionStatus(id, state, problem, timeline, digest, failures, reason);
  }

  /** One whose bytes nobody knows and that never failed to load. */
  public VersionStatus(
      ModelVersionId id,
      VersionState state,
      Optional<ServingException> problem,
      List<StateChange> timeline) {
    this(id, state, problem, timeline, "", LoadFailures.NONE);
  }

  /**
   * When a version entered a state.
   *
   * @param at by the wall clock, for people
   */
  public record StateChange(VersionState state, Instant at) {}
}
