package io.millrace.server.repository;

import static io.millrace.server.repository.ScannedRepository.OLD;
import static io.millrace.server.repository.ScannedRepository.config;
import static io.millrace.server.repository.ScannedRepository.iris;
import static io.millrace.server.repository.ScannedRepository.version;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.Problem;
import io.millrace.server.model.VersionPolicy;
import io.millrace.server.repository.RepositoryScan.Snapshot;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which problems the log tells of, and when. */
final class ScanLogTest {
  private static final Problem STRAY = new Problem("repository", "has a stray", "name it");

  private final ScannedRepository scans = new ScannedRepository();

  @Test
  void problemOfOneScan_isNotLogged() {
    scans.scan(iris());
    scans.scan(new Snapshot(List.of(), List.of(STRAY), false));
    assertThat(scans.log).isEmpty();
    scans.scan(iris());
    assertThat(scans.log).isEmpty();
  }

  @Test
  void lastingProblem_isLoggedOnceAndWhenItIsOver() {
    scans.scan(new Snapshot(List.of(), List.of(STRAY), false));
    assertThat(scans.log).containsExactly("WARN repository: has a stray; name it");
    scans.scan(new Snapshot(List.of(), List.of(STRAY), false));
    assertThat(scans.log).isEmpty();
    scans.scan(new Snapshot(List.of(), List.of(), false));
    assertThat(scans.log).containsExactly("INFO no longer so: repository: has a stray");
  }

  @Test
  void problemWhoseAdviceOrLineChanges_isTheSameOne() {
    Problem before = new Problem("iris/config.yaml:3", "points nowhere", "there is [1]");
    Problem after = new Problem("iris/config.yaml:4", "points nowhere", "there are [1, 2]");
    scans.scan(new Snapshot(List.of(), List.of(before), false));
    assertThat(scans.log).containsExactly("WARN iris/config.yaml:3: points nowhere; there is [1]");

    scans.scan(new Snapshot(List.of(), List.of(after), false));
    assertThat(scans.log).isEmpty();
    scans.scan(new Snapshot(List.of(), List.of(after), false));
    assertThat(scans.log).isEmpty();
    scans.scan(new Snapshot(List.of(), List.of(), false));
    assertThat(scans.log).containsExactly("INFO no longer so: iris/config.yaml:4: points nowhere");
  }

  @Test
  void labelThatPointsNowhere_isToldOnceWhileVersionsCome() {
    ModelSettings labelled =
        new ModelSettings(
            null, ModelSettings.DEFAULT.config(), new VersionPolicy.All(), Map.of("stable", 9L));
    ConfigFile config = config("labelled", labelled);
    scans.scan(iris(config, version(1, "a", OLD)));
    assertThat(scans.log).hasSize(1);

    scans.scan(iris(config, version(1, "a", OLD), version(2, "b", OLD)));
    assertThat(scans.log).isEmpty();
    scans.scan(iris(config, version(1, "a", OLD), version(2, "b", OLD)));
    assertThat(scans.log).isEmpty();
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
    scans.scan(stray);

    scans.scan(failed);
    assertThat(scans.log).containsExactly("ERROR iris: fails; mend");
    scans.scan(stray);
    assertThat(scans.log).containsExactly("INFO no longer so: iris: fails");
  }
}
