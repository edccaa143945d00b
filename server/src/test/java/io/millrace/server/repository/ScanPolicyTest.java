package io.millrace.server.repository;

import static io.millrace.server.repository.ScannedRepository.NOON;
import static io.millrace.server.repository.ScannedRepository.OLD;
import static io.millrace.server.repository.ScannedRepository.iris;
import static io.millrace.server.repository.ScannedRepository.model;
import static io.millrace.server.repository.ScannedRepository.version;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Which versions are wanted after a scan, and when they have settled. */
final class ScanPolicyTest {
  private final ScannedRepository scans = new ScannedRepository();

  @Test
  void oldVersionsAtStartUp_areWantedAtOnce() {
    assertThat(scans.scan(iris(version(1, "a", OLD), version(2, "b", NOON.minusSeconds(3)))))
        .containsExactly("iris: [2, 1] keep 1");
  }

  @Test
  void freshVersionAtStartUp_waitsForASecondScan() {
    assertThat(scans.scan(iris(version(1, "a", OLD), version(2, "b", NOON.minusSeconds(2)))))
        .containsExactly("iris: [1] keep 1");
    assertThat(scans.scan(iris(version(1, "a", OLD), version(2, "b", NOON.minusSeconds(2)))))
        .containsExactly("iris: [2, 1] keep 1");
  }

  @Test
  void oldVersionAfterStartUp_waitsForASecondScan() {
    scans.scan(iris());
    assertThat(scans.scan(iris(version(1, "a", OLD)))).isEmpty();
    assertThat(scans.scan(iris(version(1, "a", OLD)))).containsExactly("iris: [1] keep 1");
  }

  @Test
  void nothingNew_saysNothing() {
    scans.scan(iris(version(1, "a", OLD)));
    assertThat(scans.scan(iris(version(1, "a", OLD)))).isEmpty();
    assertThat(scans.scan(iris(version(1, "a", OLD)))).isEmpty();
  }

  @Test
  void growingVersion_isNotWantedUntilItStopsAndHoldsUpNobody() {
    scans.scan(iris(version(1, "a", OLD)));
    for (String size : List.of("10", "20", "30")) {
      assertThat(scans.scan(iris(version(1, "a", OLD), version(2, size, NOON)))).isEmpty();
    }
    assertThat(scans.scan(iris(version(1, "a", OLD), version(2, "30", NOON))))
        .containsExactly("iris: [2, 1] keep 1");
  }

  @Test
  void changedBytes_keepTheOldArtifactUntilTheySettle() {
    scans.scan(iris(version(1, "a", OLD)));
    String before = scans.artifact().fingerprint();

    assertThat(scans.scan(iris(version(1, "b", NOON)))).isEmpty();
    assertThat(scans.artifact().fingerprint()).isEqualTo(before);
    assertThat(scans.scan(iris(version(1, "b", NOON)))).containsExactly("iris: [1] keep 1");
    assertThat(scans.artifact().fingerprint()).isNotEqualTo(before);
  }

  @Test
  void deletedVersion_isNoLongerWanted() {
    scans.scan(iris(version(1, "a", OLD), version(2, "b", OLD)));
    assertThat(scans.scan(iris(version(1, "a", OLD)))).containsExactly("iris: [1] keep 1");
    assertThat(scans.scan(iris())).containsExactly("iris: [] keep 0");
  }

  @Test
  void deletedModel_isNoLongerWanted() {
    scans.scan(iris(version(1, "a", OLD)), model("wine", version(1, "a", OLD)));
    assertThat(scans.scan(model("wine", version(1, "a", OLD)))).containsExactly("iris: [] keep 0");
    assertThat(scans.scan(model("wine", version(1, "a", OLD)))).isEmpty();
  }

  @Test
  void deletedAndRestoredVersion_settlesAnew() {
    scans.scan(iris(version(1, "a", OLD)));
    scans.scan(iris());
    assertThat(scans.scan(iris(version(1, "a", OLD)))).isEmpty();
    assertThat(scans.scan(iris(version(1, "a", OLD)))).containsExactly("iris: [1] keep 1");
  }

  @Test
  void forgottenWish_isUtteredAgain() {
    scans.scan(iris(version(1, "a", OLD)));
    scans.state = scans.state.forget("iris").forget("unknown");

    assertThat(scans.scan(iris(version(1, "a", OLD)))).containsExactly("iris: [1] keep 1");
  }
}
