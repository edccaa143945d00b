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
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeMap;

/**
 * Prints what was recognised in a repository, tries every version, and then prints what must be
 * mended, each once.
 */
final class ValidationReport {
  /** Why, stands below. */
  private static final String FAILED = "FAILED, see below";

  private final PrintStream out;
  private final ServableLoader loader;
  private final Set<String> problems = new LinkedHashSet<>();

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
    wish.broken().forEach(broken -> line(broken.id().version(), "", FAILED));
    model.problems().stream().map(Problem::toString).forEach(problems::add);
  }

  private void version(VersionArtifact artifact) {
    String result;
    try (Servable servable = loader.load(artifact)) {
      result = "ok  " + SignatureText.of(servable.signature());
      LabelCount.problem(artifact.id(), servable).map(Problem::toString).ifPresent(problems::add);
      servable.untried().map(why -> told(artifact, why)).ifPresent(problems::add);
    } catch (ServingException e) {
      problems.add(told(artifact, e.getMessage()));
      result = FAILED;
    }
    line(artifact.id().version(), artifact.format().fileName(), result);
  }

  /** Some messages begin with the version themselves. */
  private static String told(VersionArtifact artifact, String message) {
    String place = artifact.id().toString();
    return message.startsWith(place + ":") ? message : place + ": " + message;
  }

  private void line(long version, String file, String result) {
    out.printf("  %-4d %-10s  %s%n", version, file, result);
  }
}
