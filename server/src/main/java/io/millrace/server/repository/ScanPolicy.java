package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.repository.RepositoryScan.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * What one more scan changes: which wishes to utter and what to log. Pure.
 *
 * <p>Absence means unload, but only where the scan could look: a repository or a model that cannot
 * be read, and a repository that is suddenly empty, leave everything as it was and raise an alarm.
 */
final class ScanPolicy {
  /** A new version whose newest file is older than this at start-up is surely not being copied. */
  static final Duration SETTLED_AGE = Duration.ofSeconds(2);

  /** A copy that has not moved for so long is told as a fault. */
  static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

  private static final Problem EMPTIED =
      new Problem(
          "repository",
          "is suddenly empty, so nothing is unloaded",
          "bring the models back; or to unload all, put any file such as README beside them");

  private final ModelPolicy models;

  ScanPolicy(ModelPolicy models) {
    this.models = models;
  }

  /** What to do, in this order, and what is known then. */
  record Decision(RepositoryState next, List<DesiredVersions> wishes, List<LogLine> log) {}

  Decision next(RepositoryState before, RepositoryScan scan, Instant now) {
    if (scan instanceof RepositoryScan.Unreadable unreadable) {
      return hold(before, unreadable.problem());
    }
    Snapshot snapshot = (Snapshot) scan;
    if (snapshot.empty() && !before.models().isEmpty()) {
      return hold(before, EMPTIED);
    }
    Instant settledBefore = before.started() ? Instant.MIN : now.minus(SETTLED_AGE);
    return accept(before, snapshot, new ModelPolicy.Ages(settledBefore, now.minus(LONGEST_WAIT)));
  }

  private static Decision hold(RepositoryState before, Problem alarm) {
    Set<Problem> alarms = new LinkedHashSet<>(before.alarms());
    alarms.add(alarm);
    RepositoryState next =
        new RepositoryState(
            before.started(), before.models(), before.seen(), before.told(), alarms);
    return new Decision(next, List.of(), log(before, next));
  }

  private Decision accept(RepositoryState before, Snapshot snapshot, ModelPolicy.Ages ages) {
    SortedMap<String, ModelHistory> known = new TreeMap<>();
    Set<Problem> alarms = new LinkedHashSet<>();
    Set<Problem> problems = new LinkedHashSet<>(snapshot.strays());
    for (ModelScan scan : snapshot.models()) {
      ModelHistory earlier = before.models().get(scan.model());
      if (scan instanceof ModelScan.Folder folder) {
        ModelPolicy.Step step = models.next(earlier, folder, ages);
        known.put(scan.model(), step.next());
        alarms.addAll(step.alarms());
        problems.addAll(folder.strays());
        problems.addAll(step.next().wish().problems());
      } else if (scan instanceof ModelScan.Unreadable unreadable) {
        if (earlier == null) {
          problems.add(unreadable.problem());
        } else {
          known.put(scan.model(), earlier);
          alarms.add(unreadable.problem());
          problems.addAll(seenOf(scan.model(), before));
        }
      }
    }
    Set<Problem> told = new LinkedHashSet<>(problems);
    if (before.started()) {
      // What only one scan sees is somebody at work, not a problem.
      Set<Problem> seen = cores(before.seen());
      told.removeIf(problem -> !seen.contains(problem.core()));
    }
    RepositoryState next = new RepositoryState(true, known, problems, told, alarms);
    return new Decision(next, wishes(before, next), log(before, next));
  }

  /** What cannot be looked at has not become better. */
  private static List<Problem> seenOf(String model, RepositoryState before) {
    return before.seen().stream()
        .filter(problem -> problem.place().equals(model) || problem.place().startsWith(model + "/"))
        .toList();
  }

  private static List<DesiredVersions> wishes(RepositoryState before, RepositoryState next) {
    Set<String> names = new TreeSet<>(before.models().keySet());
    names.addAll(next.models().keySet());
    List<DesiredVersions> wishes = new ArrayList<>();
    for (String name : names) {
      Wish wish = wish(next, name);
      if (!wish.wantsSameAs(wish(before, name))) {
        wishes.add(wish.versions());
      }
    }
    return wishes;
  }

  private static Wish wish(RepositoryState state, String model) {
    @Nullable ModelHistory history = state.models().get(model);
    return history == null ? Wish.none(model) : history.wish();
  }

  private static List<LogLine> log(RepositoryState before, RepositoryState next) {
    List<LogLine> lines = new ArrayList<>();
    added(before.alarms(), next.alarms())
        .forEach(p -> lines.add(new LogLine(Level.ERROR, p.toString())));
    added(before.told(), next.told())
        .forEach(p -> lines.add(new LogLine(Level.WARN, p.toString())));
    added(next.alarms(), before.alarms()).forEach(p -> lines.add(over(p)));
    added(next.told(), before.told()).forEach(p -> lines.add(over(p)));
    return lines;
  }

  /** Not "mended": the version or the model may be gone, or have another fault by now. */
  private static LogLine over(Problem problem) {
    return new LogLine(Level.INFO, "no longer so: " + problem.place() + ": " + problem.fault());
  }

  private static List<Problem> added(Set<Problem> before, Set<Problem> after) {
    Set<Problem> known = cores(before);
    return after.stream().filter(problem -> !known.contains(problem.core())).toList();
  }

  private static Set<Problem> cores(Set<Problem> problems) {
    return problems.stream().map(Problem::core).collect(Collectors.toSet());
  }
}
