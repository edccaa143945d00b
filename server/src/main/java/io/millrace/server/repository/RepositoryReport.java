package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.VersionArtifact;
import io.millrace.server.repository.RepositoryScan.Snapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What one look at a repository recognises, for a person who wants to know before a server does.
 * Immutable.
 *
 * @param models by name
 * @param problems what belongs to no model
 */
public record RepositoryReport(List<ModelReport> models, List<Problem> problems) {
  public RepositoryReport {
    models = List.copyOf(models);
    problems = List.copyOf(problems);
  }

  /**
   * One model.
   *
   * @param versionPolicy as written in {@code config.yaml}, such as {@code latest: 1}
   * @param wish its candidates, broken versions and labels, as a server would want them
   * @param problems all that should be mended, those of broken versions too
   */
  public record ModelReport(
      String model, String versionPolicy, DesiredVersions wish, List<Problem> problems) {
    public ModelReport {
      problems = List.copyOf(problems);
    }

    private ModelReport and(Optional<Problem> more) {
      return new ModelReport(
          model, versionPolicy, wish, Stream.concat(problems.stream(), more.stream()).toList());
    }
  }

  /** Looks once; every version counts as complete. */
  public static RepositoryReport of(RepositoryOptions options) {
    RepositoryScan scan = RepositoryScanner.of(options).scan();
    if (scan instanceof RepositoryScan.Unreadable unreadable) {
      return new RepositoryReport(List.of(), List.of(unreadable.problem()));
    }
    ModelPolicy policy = new ModelPolicy(new WishPolicy(options.allowTorchScript()));
    Snapshot snapshot = (Snapshot) scan;
    LabelFiles labels = new LabelFiles(VersionLookup.of(options));
    List<ModelReport> models = new ArrayList<>();
    List<Problem> problems = new ArrayList<>(snapshot.strays());
    for (ModelScan model : snapshot.models()) {
      if (model instanceof ModelScan.Folder folder) {
        models.add(report(folder, policy).and(labels.problem(folder.model())));
      } else if (model instanceof ModelScan.Unreadable unreadable) {
        problems.add(unreadable.problem());
      }
    }
    return new RepositoryReport(models, problems);
  }

  /** One version as a server would load it; empty if it is not there or cannot be served. */
  public static Optional<VersionArtifact> candidate(
      RepositoryOptions options, String model, long version) {
    ModelPolicy policy = new ModelPolicy(new WishPolicy(options.allowTorchScript()));
    try {
      return RepositoryScanner.of(options).scan(model).stream()
          .filter(ModelScan.Folder.class::isInstance)
          .map(ModelScan.Folder.class::cast)
          .flatMap(folder -> report(folder, policy).wish().candidates().stream())
          .filter(candidate -> candidate.id().version() == version)
          .findFirst();
    } catch (IOException e) {
      // Whoever asks knows that it was there a moment ago, and looks again.
      return Optional.empty();
    }
  }

  private static ModelReport report(ModelScan.Folder folder, ModelPolicy models) {
    Wish wish = models.next(null, folder, ModelPolicy.Ages.FINAL).next().wish();
    List<Problem> problems = new ArrayList<>(folder.strays());
    if (folder.versions().isEmpty()) {
      String remedy = "put the model into %s/1/".formatted(folder.model());
      problems.add(new Problem(folder.model(), "holds no version", remedy));
    }
    problems.addAll(wish.problems());
    String policy = folder.config().settings().policy().describe();
    return new ModelReport(folder.model(), policy, wish.versions(), problems);
  }
}
