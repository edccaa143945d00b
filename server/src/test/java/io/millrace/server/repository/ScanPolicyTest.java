package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.Problem;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.VersionArtifact;
import io.millrace.server.model.VersionPolicy;
import io.millrace.server.repository.RepositoryScan.Snapshot;
import io.millrace.server.repository.VersionFolder.Contents;
import io.millrace.server.repository.VersionFolder.Unreadable;
import io.millrace.server.repository.VersionFolder.Usable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class ScanPolicyTest {
  private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");
  private static final Instant OLD = NOON.minus(Duration.ofDays(1));
  private static final Problem LOST = new Problem("repository", "is lost", "find it");
  private static final Problem STRAY = new Problem("repository", "has a stray", "name it");

  private static final ModelSettings ALL =
      new ModelSettings(null, ModelSettings.DEFAULT.config(), new VersionPolicy.All(), Map.of());

  private final ScanPolicy policy = new ScanPolicy(new ModelPolicy(new WishPolicy(true)));
  private RepositoryState state = RepositoryState.START;
  private List<String> log = List.of();

  @Test
  void oldVersionsAtStartUp_areWantedAtOnce() {
    assertThat(scan(iris(version(1, "a", OLD), version(2, "b", NOON.minusSeconds(3)))))
        .containsExactly("iris: [2, 1] keep 1");
  }

  @Test
  void freshVersionAtStartUp_waitsForASecondScan() {
    assertThat(scan(iris(version(1, "a", OLD), version(2, "b", NOON.minusSeconds(2)))))
        .containsExactly("iris: [1] keep 1");
    assertThat(scan(iris(version(1, "a", OLD), version(2, "b", NOON.minusSeconds(2)))))
        .containsExactly("iris: [2, 1] keep 1");
  }

  @Test
  void oldVersionAfterStartUp_waitsForASecondScan() {
    scan(iris());
    assertThat(scan(iris(version(1, "a", OLD)))).isEmpty();
    assertThat(scan(iris(version(1, "a", OLD)))).containsExactly("iris: [1] keep 1");
  }

  @Test
  void nothingNew_saysNothing() {
    scan(iris(version(1, "a", OLD)));
    assertThat(scan(iris(version(1, "a", OLD)))).isEmpty();
    assertThat(scan(iris(version(1, "a", OLD)))).isEmpty();
  }

  @Test
  void growingVersion_isNotWantedUntilItStopsAndHoldsUpNobody() {
    scan(iris(version(1, "a", OLD)));
    for (String size : List.of("10", "20", "30")) {
      assertThat(scan(iris(version(1, "a", OLD), version(2, size, NOON)))).isEmpty();
    }
    assertThat(scan(iris(version(1, "a", OLD), version(2, "30", NOON))))
        .containsExactly("iris: [2, 1] keep 1");
  }

  @Test
  void changedBytes_keepTheOldArtifactUntilTheySettle() {
    scan(iris(version(1, "a", OLD)));
    String before = artifact().fingerprint();

    assertThat(scan(iris(version(1, "b", NOON)))).isEmpty();
    assertThat(artifact().fingerprint()).isEqualTo(before);
    assertThat(scan(iris(version(1, "b", NOON)))).containsExactly("iris: [1] keep 1");
    assertThat(artifact().fingerprint()).isNotEqualTo(before);
  }

  @Test
  void deletedVersion_isNoLongerWanted() {
    scan(iris(version(1, "a", OLD), version(2, "b", OLD)));
    assertThat(scan(iris(version(1, "a", OLD)))).containsExactly("iris: [1] keep 1");
    assertThat(scan(iris())).containsExactly("iris: [] keep 0");
  }

  @Test
  void deletedModel_isNoLongerWanted() {
    scan(iris(version(1, "a", OLD)), model("wine", version(1, "a", OLD)));
    assertThat(scan(model("wine", version(1, "a", OLD)))).containsExactly("iris: [] keep 0");
    assertThat(scan(model("wine", version(1, "a", OLD)))).isEmpty();
  }

  @Test
  void deletedAndRestoredVersion_settlesAnew() {
    scan(iris(version(1, "a", OLD)));
    scan(iris());
    assertThat(scan(iris(version(1, "a", OLD)))).isEmpty();
    assertThat(scan(iris(version(1, "a", OLD)))).containsExactly("iris: [1] keep 1");
  }

  @Test
  void lostRepository_unloadsNothingAndAlarmsOnce() {
    scan(iris(version(1, "a", OLD)));

    assertThat(scan(new RepositoryScan.Unreadable(LOST))).isEmpty();
    assertThat(log).containsExactly("ERROR repository: is lost; find it");
    assertThat(scan(new RepositoryScan.Unreadable(LOST))).isEmpty();
    assertThat(log).isEmpty();
    assertThat(scan(iris(version(1, "a", OLD)))).isEmpty();
    assertThat(log).containsExactly("INFO no longer so: repository: is lost");
  }

  @Test
  void repositoryLostFromTheStart_isWaitedFor() {
    assertThat(scan(new RepositoryScan.Unreadable(LOST))).isEmpty();
    assertThat(state.started()).isFalse();
    assertThat(scan(iris(version(1, "a", OLD)))).containsExactly("iris: [1] keep 1");
    assertThat(state.started()).isTrue();
  }

  @Test
  void suddenlyEmptyRepository_unloadsNothing() {
    scan(iris(version(1, "a", OLD)));

    assertThat(scan(new Snapshot(List.of(), List.of(), true))).isEmpty();
    assertThat(log)
        .containsExactly(
            "ERROR repository: is suddenly empty, so nothing is unloaded; bring the models back; or"
                + " to unload all, put any file such as README beside them");
    assertThat(scan(new Snapshot(List.of(), List.of(), false))).containsExactly("iris: [] keep 0");
  }

  @Test
  void emptyRepositoryAtStart_isFine() {
    assertThat(scan(new Snapshot(List.of(), List.of(), true))).isEmpty();
    assertThat(state.started()).isTrue();
    assertThat(log).isEmpty();
  }

  @Test
  void unreadableModel_isKeptWhileOthersGoOn() {
    scan(iris(version(1, "a", OLD)), model("wine", version(1, "a", OLD)));
    ModelScan failed = new ModelScan.Unreadable("iris", new Problem("iris", "fails", "mend"));

    assertThat(scan(failed, model("wine"))).containsExactly("wine: [] keep 0");
    assertThat(log).containsExactly("ERROR iris: fails; mend");
    assertThat(scan(iris(version(1, "a", OLD)))).isEmpty();
    assertThat(log).containsExactly("INFO no longer so: iris: fails");
  }

  @Test
  void modelUnreadableFromTheStart_isAProblemOnly() {
    ModelScan failed = new ModelScan.Unreadable("iris", new Problem("iris", "fails", "mend"));

    assertThat(scan(failed)).isEmpty();
    assertThat(log).containsExactly("WARN iris: fails; mend");
  }

  @Test
  void unreadableVersion_isKeptIfItServesElseBroken() {
    Contents failed = new Unreadable(new Problem("iris/1", "fails", "mend"));
    VersionFolder unreadable = new VersionFolder(1, failed, "failed", Instant.EPOCH);
    scan(iris(version(1, "a", OLD)));

    assertThat(scan(iris(unreadable))).isEmpty();
    assertThat(log).containsExactly("ERROR iris/1: fails; mend");
    assertThat(scan(iris(version(1, "a", OLD)))).isEmpty();

    state = RepositoryState.START;
    assertThat(scan(iris(unreadable))).containsExactly("iris: [] keep 1 broken [1]");
  }

  @Test
  void configThatTurnsBadAndGoodAgain_leavesTheLastGoodOneInForce() {
    scan(iris(config("all", ALL), version(1, "a", OLD), version(2, "b", OLD)));
    assertThat(wish().keep()).isEqualTo(2);

    ConfigFile bad =
        config("bad", ModelSettings.DEFAULT, new Problem("iris/config.yaml:1", "x", "y"));
    assertThat(scan(iris(bad, version(1, "a", OLD), version(2, "b", OLD)))).isEmpty();
    assertThat(state.alarms()).isEmpty();
    assertThat(scan(iris(bad, version(1, "a", OLD), version(2, "b", OLD)))).isEmpty();
    assertThat(state.alarms()).hasSize(1);
    assertThat(log).containsExactly("ERROR iris/config.yaml:1: x; y");
    assertThat(scan(iris(bad, version(1, "a", OLD), version(2, "b", OLD)))).isEmpty();
    assertThat(log).isEmpty();

    scan(iris(config("one", ModelSettings.DEFAULT), version(1, "a", OLD), version(2, "b", OLD)));
    assertThat(
            scan(
                iris(
                    config("one", ModelSettings.DEFAULT),
                    version(1, "a", OLD),
                    version(2, "b", OLD))))
        .containsExactly("iris: [2, 1] keep 1");
    assertThat(log).containsExactly("INFO no longer so: iris/config.yaml:1: x");
  }

  @Test
  void policyThatChoosesNothing_leavesTheSettingsBeforeInForce_untilThereIsWhatItChooses() {
    scan(iris(version(1, "a", OLD)));
    ConfigFile third = config("third", specific(3));
    for (int i = 0; i < 2; i++) {
      assertThat(scan(iris(third, version(1, "a", OLD)))).isEmpty();
    }
    assertThat(state.alarms())
        .extracting(Problem::toString)
        .containsExactly(
            "iris/config.yaml: version_policy (specific: [3]) chooses no version that is there; there"
                + " are [1]; the settings before it stay in force until it chooses one");

    assertThat(scan(iris(third, version(1, "a", OLD), version(3, "c", OLD)))).isEmpty();
    assertThat(scan(iris(third, version(1, "a", OLD), version(3, "c", OLD))))
        .containsExactly("iris: [3] keep 1");
    assertThat(state.alarms()).isEmpty();
    assertThat(scan(iris(third, version(1, "a", OLD)))).containsExactly("iris: [] keep 0");
  }

  private static ModelSettings specific(long version) {
    return new ModelSettings(
        null,
        ModelSettings.DEFAULT.config(),
        new VersionPolicy.Specific(new TreeSet<>(Set.of(version))),
        Map.of());
  }

  @Test
  void badConfigFromTheStart_breaksVersionsUntilItIsMended() {
    ConfigFile bad =
        config("bad", ModelSettings.DEFAULT, new Problem("iris/config.yaml:1", "x", "y"));
    assertThat(scan(iris(bad, version(1, "a", OLD)))).containsExactly("iris: [] keep 0 broken [1]");
    assertThat(scan(iris(bad, version(1, "a", OLD)))).isEmpty();

    scan(iris(config("all", ALL), version(1, "a", OLD)));
    assertThat(scan(iris(config("all", ALL), version(1, "a", OLD))))
        .containsExactly("iris: [1] keep 1");
  }

  @Test
  void halfWrittenConfig_isWaitedFor() {
    scan(iris());
    ConfigFile half = config("half", ModelSettings.DEFAULT);
    scan(iris(half, version(1, "a", OLD)));
    scan(iris(config("whole", ALL), version(1, "a", OLD)));
    assertThat(known().settings()).isEqualTo(ModelSettings.DEFAULT);
    scan(iris(config("whole", ALL), version(1, "a", OLD)));
    assertThat(known().settings()).isEqualTo(ALL);
  }

  @Test
  void problemOfOneScan_isNotLogged() {
    scan(iris());
    scan(new Snapshot(List.of(), List.of(STRAY), false));
    assertThat(log).isEmpty();
    scan(iris());
    assertThat(log).isEmpty();
  }

  @Test
  void lastingProblem_isLoggedOnceAndWhenItIsOver() {
    scan(new Snapshot(List.of(), List.of(STRAY), false));
    assertThat(log).containsExactly("WARN repository: has a stray; name it");
    scan(new Snapshot(List.of(), List.of(STRAY), false));
    assertThat(log).isEmpty();
    scan(new Snapshot(List.of(), List.of(), false));
    assertThat(log).containsExactly("INFO no longer so: repository: has a stray");
  }

  @Test
  void problemWhoseAdviceOrLineChanges_isTheSameOne() {
    Problem before = new Problem("iris/config.yaml:3", "points nowhere", "there is [1]");
    Problem after = new Problem("iris/config.yaml:4", "points nowhere", "there are [1, 2]");
    scan(new Snapshot(List.of(), List.of(before), false));
    assertThat(log).containsExactly("WARN iris/config.yaml:3: points nowhere; there is [1]");

    scan(new Snapshot(List.of(), List.of(after), false));
    assertThat(log).isEmpty();
    scan(new Snapshot(List.of(), List.of(after), false));
    assertThat(log).isEmpty();
    scan(new Snapshot(List.of(), List.of(), false));
    assertThat(log).containsExactly("INFO no longer so: iris/config.yaml:4: points nowhere");
  }

  @Test
  void labelThatPointsNowhere_isToldOnceWhileVersionsCome() {
    ModelSettings labelled =
        new ModelSettings(
            null, ModelSettings.DEFAULT.config(), new VersionPolicy.All(), Map.of("stable", 9L));
    ConfigFile config = config("labelled", labelled);
    scan(iris(config, version(1, "a", OLD)));
    assertThat(log).hasSize(1);

    scan(iris(config, version(1, "a", OLD), version(2, "b", OLD)));
    assertThat(log).isEmpty();
    scan(iris(config, version(1, "a", OLD), version(2, "b", OLD)));
    assertThat(log).isEmpty();
  }

  @Test
  void problemOfAModelThatCannotBeRead_isNotOver() {
    ModelScan stray =
        new ModelScan.Folder(
            "iris",
            ConfigFile.ABSENT,
            List.of(),
            List.of(new Problem("iris", "has a stray", "name it")));
    ModelScan failed = new ModelScan.Unreadable("iris", new Problem("iris", "fails", "mend"));
    scan(stray);

    scan(failed);
    assertThat(log).containsExactly("ERROR iris: fails; mend");
    scan(stray);
    assertThat(log).containsExactly("INFO no longer so: iris: fails");
  }

  @Test
  void forgottenWish_isUtteredAgain() {
    scan(iris(version(1, "a", OLD)));
    state = state.forget("iris").forget("unknown");

    assertThat(scan(iris(version(1, "a", OLD)))).containsExactly("iris: [1] keep 1");
  }

  private List<String> scan(ModelScan... models) {
    return scan(new Snapshot(List.of(models), List.of(), false));
  }

  private List<String> scan(RepositoryScan scan) {
    ScanPolicy.Decision decision = policy.next(state, scan, NOON);
    state = decision.next();
    log = decision.log().stream().map(line -> line.level() + " " + line.text()).toList();
    return decision.wishes().stream().map(ScanPolicyTest::words).toList();
  }

  private static String words(DesiredVersions wish) {
    List<Long> candidates = wish.candidates().stream().map(a -> a.id().version()).toList();
    List<Long> broken = wish.broken().stream().map(b -> b.id().version()).toList();
    String words = "%s: %s keep %d".formatted(wish.model(), candidates, wish.keep());
    return broken.isEmpty() ? words : words + " broken " + broken;
  }

  private ModelHistory known() {
    return Objects.requireNonNull(state.models().get("iris"));
  }

  private DesiredVersions wish() {
    return known().wish().versions();
  }

  private VersionArtifact artifact() {
    return wish().candidates().get(0);
  }

  private static ModelScan iris(VersionFolder... versions) {
    return model("iris", versions);
  }

  private static ModelScan iris(ConfigFile config, VersionFolder... versions) {
    return new ModelScan.Folder("iris", config, List.of(versions), List.of());
  }

  private static ModelScan model(String name, VersionFolder... versions) {
    return new ModelScan.Folder(name, ConfigFile.ABSENT, List.of(versions), List.of());
  }

  private static ConfigFile config(String text, ModelSettings settings, Problem... problems) {
    return new ConfigFile(settings, List.of(problems), text, OLD);
  }

  private static VersionFolder version(long number, String bytes, Instant newest) {
    Contents contents = new Usable(ModelFormat.ONNX, Path.of("model.onnx"));
    return new VersionFolder(number, contents, bytes, newest);
  }
}
