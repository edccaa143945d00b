package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.VersionArtifact;
import io.millrace.server.repository.RepositoryScan.Snapshot;
import io.millrace.server.repository.VersionFolder.Contents;
import io.millrace.server.repository.VersionFolder.Usable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** A repository of which tests say what each scan finds. */
final class ScannedRepository {
  static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");
  static final Instant OLD = NOON.minus(Duration.ofDays(1));

  private final ScanPolicy policy = new ScanPolicy(new ModelPolicy(new WishPolicy(true)));

  /** What is remembered of the scans so far. */
  RepositoryState state = RepositoryState.START;

  /** What the newest scan had to tell. */
  List<String> log = List.of();

  /** The wishes that follow when a scan finds these models, in words. */
  List<String> scan(ModelScan... models) {
    return scan(new Snapshot(List.of(models), List.of(), false));
  }

  List<String> scan(RepositoryScan scan) {
    ScanPolicy.Decision decision = policy.next(state, scan, NOON);
    state = decision.next();
    log = decision.log().stream().map(line -> line.level() + " " + line.text()).toList();
    return decision.wishes().stream().map(ScannedRepository::words).toList();
  }

  private static String words(DesiredVersions wish) {
    List<Long> candidates = wish.candidates().stream().map(a -> a.id().version()).toList();
    List<Long> broken = wish.broken().stream().map(b -> b.id().version()).toList();
    String words = "%s: %s keep %d".formatted(wish.model(), candidates, wish.keep());
    return broken.isEmpty() ? words : words + " broken " + broken;
  }

  ModelHistory known() {
    return Objects.requireNonNull(state.models().get("iris"));
  }

  DesiredVersions wish() {
    return known().wish().versions();
  }

  VersionArtifact artifact() {
    return wish().candidates().get(0);
  }

  static ModelScan iris(VersionFolder... versions) {
    return model("iris", versions);
  }

  static ModelScan iris(ConfigFile config, VersionFolder... versions) {
    return new ModelScan.Folder("iris", config, List.of(versions), List.of());
  }

  static ModelScan model(String name, VersionFolder... versions) {
    return new ModelScan.Folder(name, ConfigFile.ABSENT, List.of(versions), List.of());
  }

  static ConfigFile config(String text, ModelSettings settings, Problem... problems) {
    return new ConfigFile(settings, List.of(problems), text, OLD);
  }

  static VersionFolder version(long number, String bytes, Instant newest) {
    Contents contents = new Usable(ModelFormat.ONNX, Path.of("model.onnx"));
    return new VersionFolder(number, contents, bytes, newest);
  }
}
