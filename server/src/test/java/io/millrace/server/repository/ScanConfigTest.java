package io.millrace.server.repository;

import static io.millrace.server.repository.ScannedRepository.OLD;
import static io.millrace.server.repository.ScannedRepository.config;
import static io.millrace.server.repository.ScannedRepository.iris;
import static io.millrace.server.repository.ScannedRepository.version;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.Problem;
import io.millrace.server.model.VersionPolicy;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Which settings are in force while {@code config.yaml} changes. */
final class ScanConfigTest {
  private static final ModelSettings ALL =
      new ModelSettings(null, ModelSettings.DEFAULT.config(), new VersionPolicy.All(), Map.of());

  private final ScannedRepository scans = new ScannedRepository();

  @Test
  void configThatTurnsBadAndGoodAgain_leavesTheLastGoodOneInForce() {
    scans.scan(iris(config("all", ALL), version(1, "a", OLD), version(2, "b", OLD)));
    assertThat(scans.wish().keep()).isEqualTo(2);

    ConfigFile bad =
        config("bad", ModelSettings.DEFAULT, new Problem("iris/config.yaml:1", "x", "y"));
    assertThat(scans.scan(iris(bad, version(1, "a", OLD), version(2, "b", OLD)))).isEmpty();
    assertThat(scans.state.alarms()).isEmpty();
    assertThat(scans.scan(iris(bad, version(1, "a", OLD), version(2, "b", OLD)))).isEmpty();
    assertThat(scans.state.alarms()).hasSize(1);
    assertThat(scans.log).containsExactly("ERROR iris/config.yaml:1: x; y");
    assertThat(scans.scan(iris(bad, version(1, "a", OLD), version(2, "b", OLD)))).isEmpty();
    assertThat(scans.log).isEmpty();

    scans.scan(
        iris(config("one", ModelSettings.DEFAULT), version(1, "a", OLD), version(2, "b", OLD)));
    assertThat(
            scans.scan(
                iris(
                    config("one", ModelSettings.DEFAULT),
                    version(1, "a", OLD),
                    version(2, "b", OLD))))
        .containsExactly("iris: [2, 1] keep 1");
    assertThat(scans.log).containsExactly("INFO no longer so: iris/config.yaml:1: x");
  }

  @Test
  void policyThatChoosesNothing_leavesTheSettingsBeforeInForce_untilThereIsWhatItChooses() {
    scans.scan(iris(version(1, "a", OLD)));
    ConfigFile third = config("third", specific(3));
    for (int i = 0; i < 2; i++) {
      assertThat(scans.scan(iris(third, version(1, "a", OLD)))).isEmpty();
    }
    assertThat(scans.state.alarms())
        .extracting(Problem::toString)
        .containsExactly(
            "iris/config.yaml: version_policy (specific: [3]) chooses no version that is there; there"
                + " are [1]; the settings before it stay in force until it chooses one");

    assertThat(scans.scan(iris(third, version(1, "a", OLD), version(3, "c", OLD)))).isEmpty();
    assertThat(scans.scan(iris(third, version(1, "a", OLD), version(3, "c", OLD))))
        .containsExactly("iris: [3] keep 1");
    assertThat(scans.state.alarms()).isEmpty();
    assertThat(scans.scan(iris(third, version(1, "a", OLD)))).containsExactly("iris: [] keep 0");
  }

  @Test
  void badConfigFromTheStart_breaksVersionsUntilItIsMended() {
    ConfigFile bad =
        config("bad", ModelSettings.DEFAULT, new Problem("iris/config.yaml:1", "x", "y"));
    assertThat(scans.scan(iris(bad, version(1, "a", OLD))))
        .containsExactly("iris: [] keep 0 broken [1]");
    assertThat(scans.scan(iris(bad, version(1, "a", OLD)))).isEmpty();

    scans.scan(iris(config("all", ALL), version(1, "a", OLD)));
    assertThat(scans.scan(iris(config("all", ALL), version(1, "a", OLD))))
        .containsExactly("iris: [1] keep 1");
  }

  @Test
  void halfWrittenConfig_isWaitedFor() {
    scans.scan(iris());
    ConfigFile half = config("half", ModelSettings.DEFAULT);
    scans.scan(iris(half, version(1, "a", OLD)));
    scans.scan(iris(config("whole", ALL), version(1, "a", OLD)));
    assertThat(scans.known().settings()).isEqualTo(ModelSettings.DEFAULT);
    scans.scan(iris(config("whole", ALL), version(1, "a", OLD)));
    assertThat(scans.known().settings()).isEqualTo(ALL);
  }

  private static ModelSettings specific(long version) {
    return new ModelSettings(
        null,
        ModelSettings.DEFAULT.config(),
        new VersionPolicy.Specific(new TreeSet<>(Set.of(version))),
        Map.of());
  }
}
