package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.BrokenVersion;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.ModelVersionId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What is wanted of a model, and what a person should know of it. Immutable.
 *
 * @param problems what keeps versions or labels from working
 */
record Wish(DesiredVersions versions, List<Problem> problems) {
  Wish {
    problems = List.copyOf(problems);
  }

  static Wish none(String model) {
    return new Wish(DesiredVersions.none(model), List.of());
  }

  /** The same wish, and more that a person should know. */
  Wish andProblems(List<Problem> more) {
    return new Wish(versions, Stream.concat(problems.stream(), more.stream()).toList());
  }

  /** The same wish for versions that are tried on other samples. */
  Wish triedOn(String samples) {
    return new Wish(versions.triedOn(samples), problems);
  }

  /** Whether both want the same; exceptions of broken versions count by what caused them. */
  boolean wantsSameAs(Wish other) {
    DesiredVersions mine = versions;
    DesiredVersions others = other.versions;
    return mine.candidates().equals(others.candidates())
        && mine.keep() == others.keep()
        && mine.labels().equals(others.labels())
        && (mine.candidates().isEmpty() || mine.policy().equals(others.policy()))
        && mine.excluded().equals(others.excluded())
        && mine.spare().equals(others.spare())
        && mine.order() == others.order()
        && mine.samples().equals(others.samples())
        && fingerprints(mine).equals(fingerprints(others));
  }

  private static Map<ModelVersionId, String> fingerprints(DesiredVersions versions) {
    Map<ModelVersionId, String> fingerprints = new LinkedHashMap<>();
    for (BrokenVersion broken : versions.broken()) {
      fingerprints.put(broken.id(), broken.fingerprint());
    }
    return fingerprints;
  }
}
