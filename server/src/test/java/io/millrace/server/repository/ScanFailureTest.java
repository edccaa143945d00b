package io.millrace.server.repository;

import static io.millrace.server.repository.ScannedRepository.OLD;
import static io.millrace.server.repository.ScannedRepository.iris;
import static io.millrace.server.repository.ScannedRepository.model;
import static io.millrace.server.repository.ScannedRepository.version;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.Problem;
import io.millrace.server.repository.RepositoryScan.Snapshot;
import io.millrace.server.repository.VersionFolder.Contents;
import io.millrace.server.repository.VersionFolder.Unreadable;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is wanted while the repository, or a part of it, cannot be read. */
final class ScanFailureTest {
  private static final Problem LOST = new Problem("repository", "is lost", "find it");

  private final ScannedRepository scans = new ScannedRepository();

  @Test
  void lostRepository_unloadsNothingAndAlarmsOnce() {
    scans.scan(iris(version(1, "a", OLD)));

    assertThat(scans.scan(new RepositoryScan.Unreadable(LOST))).isEmpty();
    assertThat(scans.log).containsExactly("ERROR repository: is lost; find it");
    assertThat(scans.scan(new RepositoryScan.Unreadable(LOST))).isEmpty();
    assertThat(scans.log).isEmpty();
    assertThat(scans.scan(iris(version(1, "a", OLD)))).isEmpty();
    assertThat(scans.log).containsExactly("INFO no longer so: repository: is lost");
  }

  @Test
  void repositoryLostFromTheStart_isWaitedFor() {
    assertThat(scans.scan(new RepositoryScan.Unreadable(LOST))).isEmpty();
    assertThat(scans.state.started()).isFalse();
    assertThat(scans.scan(iris(version(1, "a", OLD)))).containsExactly("iris: [1] keep 1");
    assertThat(scans.state.started()).isTrue();
  }

  @Test
  void suddenlyEmptyRepository_unloadsNothing() {
    scans.scan(iris(version(1, "a", OLD)));

    assertThat(scans.scan(new Snapshot(List.of(), List.of(), true))).isEmpty();
    assertThat(scans.log)
        .containsExactly(
            "ERROR repository: is suddenly empty, so nothing is unloaded; bring the models back; or"
                + " to unload all, put any file such as README beside them");
    assertThat(scans.scan(new Snapshot(List.of(), List.of(), false)))
        .containsExactly("iris: [] keep 0");
  }

  @Test
  void emptyRepositoryAtStart_isFine() {
    assertThat(scans.scan(new Snapshot(List.of(), List.of(), true))).isEmpty();
    assertThat(scans.state.started()).isTrue();
    assertThat(scans.log).isEmpty();
  }

  @Test
  void unreadableModel_isKeptWhileOthersGoOn() {
    scans.scan(iris(version(1, "a", OLD)), model("wine", version(1, "a", OLD)));
    ModelScan failed = new ModelScan.Unreadable("iris", new Problem("iris", "fails", "mend"));

    assertThat(scans.scan(failed, model("wine"))).containsExactly("wine: [] keep 0");
    assertThat(scans.log).containsExactly("ERROR iris: fails; mend");
    assertThat(scans.scan(iris(version(1, "a", OLD)))).isEmpty();
    assertThat(scans.log).containsExactly("INFO no longer so: iris: fails");
  }

  @Test
  void modelUnreadableFromTheStart_isAProblemOnly() {
    ModelScan failed = new ModelScan.Unreadable("iris", new Problem("iris", "fails", "mend"));

    assertThat(scans.scan(failed)).isEmpty();
    assertThat(scans.log).containsExactly("WARN iris: fails; mend");
  }

  @Test
  void unreadableVersion_isKeptIfItServesElseBroken() {
    Contents failed = new Unreadable(new Problem("iris/1", "fails", "mend"));
    VersionFolder unreadable = new VersionFolder(1, failed, "failed", Instant.EPOCH);
    scans.scan(iris(version(1, "a", OLD)));

    assertThat(scans.scan(iris(unreadable))).isEmpty();
    assertThat(scans.log).containsExactly("ERROR iris/1: fails; mend");
    assertThat(scans.scan(iris(version(1, "a", OLD)))).isEmpty();

    scans.state = RepositoryState.START;
    assertThat(scans.scan(iris(unreadable))).containsExactly("iris: [] keep 1 broken [1]");
  }
}
