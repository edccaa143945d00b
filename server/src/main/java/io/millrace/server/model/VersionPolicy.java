package io.millrace.server.model;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Which of a model's complete versions may serve, and how many of them are to. Immutable. */
public sealed interface VersionPolicy {
  boolean admits(long version);

  /** How many versions are to serve when this many are admitted. */
  int keep(int admitted);

  /** The policy's choice among complete versions. */
  default Choice choose(Collection<Long> complete) {
    List<Long> candidates =
        complete.stream().filter(this::admits).sorted(Comparator.reverseOrder()).toList();
    return new Choice(candidates, keep(candidates.size()));
  }

  /** In words, as people write it in {@code config.yaml}. */
  String describe();

  /**
   * What a policy chose.
   *
   * @param candidates newest first
   * @param keep how many of them are to serve
   */
  record Choice(List<Long> candidates, int keep) {
    public Choice {
      candidates = List.copyOf(candidates);
    }
  }

  /** The newest versions; older ones stay candidates, to step in for one that fails. */
  record Latest(int count) implements VersionPolicy {
    @Override
    public boolean admits(long version) {
      return true;
    }

    @Override
    public int keep(int admitted) {
      return Math.min(count, admitted);
    }

    @Override
    public String describe() {
      return "latest: " + count;
    }
  }

  /** Every version. */
  record All() implements VersionPolicy {
    @Override
    public boolean admits(long version) {
      return true;
    }

    @Override
    public int keep(int admitted) {
      return admitted;
    }

    @Override
    public String describe() {
      return "all";
    }
  }

  /** These versions and no others. */
  record Specific(NavigableSet<Long> versions) implements VersionPolicy {
    public Specific {
      versions = Collections.unmodifiableNavigableSet(new TreeSet<>(versions));
    }

    @Override
    public boolean admits(long version) {
      return versions.contains(version);
    }

    @Override
    public int keep(int admitted) {
      return admitted;
    }

    @Override
    public String describe() {
      return versions.stream()
          .map(String::valueOf)
          .collect(Collectors.joining(", ", "specific: [", "]"));
    }
  }
}
