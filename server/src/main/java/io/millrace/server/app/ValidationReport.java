package io.millrace.server.app;

import io.millrace.server.config.Problem;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServableLoader;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import io.millrace.server.repository.RepositoryReport;
import io.millrace.server.repository.RepositoryReport.ModelReport;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Prints what was recognised in a repository, tries every version, and prints what must be mended.
 */
final class ValidationReport {
  private final PrintStream out;
  private final ServableLoader loader;
  private final List<String> problems = new ArrayList<>();

  ValidationReport(PrintStream out, ServableLoader loader) {
    this.out = out;
    this.loader = loader;
  }

  /** Whether there is nothing to mend. */
  boolean print(RepositoryReport report) {
    report.models().forEach(this::model);
    report.problems().forEach(problem -> problems.add(problem.toString()));
    out.println();
    problems.forEach(problem -> out.println("problem: " + problem));
    out.printf("models: %d, problems: %d%n", report.models().size(), problems.size());
    out.flush();
    return problems.isEmpty();
  }

  private void model(ModelReport model) {
    DesiredVersions wish = model.wish();
    out.printf("%s  (version_policy %s", model.model(), model.versionPolicy());
    if (!wish.labels().isEmpty()) {
      out.printf(", labels %s", new TreeMap<>(wish.labels()));
    }
    out.println(")");
    wish.candidates().forEach(this::version);
    wish.broken()
        .forEach(
            broken -> line(broken.id().version(), "", "FAILED " + broken.problem().getMessage()));
    model.problems().stream().map(Problem::toString).forEach(problems::add);
  }

  private void version(VersionArtifact artifact) {
    String result;
    try (Servable servable = loader.load(artifact)) {
      result = "ok  " + SignatureText.of(servable.signature());
    } catch (ServingException e) {
      problems.add("%s: %s".formatted(artifact.id(), e.getMessage()));
      result = "FAILED " + e.getMessage();
    }
    line(artifact.id().version(), artifact.format().fileName(), result);
  }

  private void line(long version, String file, String result) {
    out.printf("  %-4d %-10s  %s%n", version, file, result);
  }
}
