package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.millrace.server.model.BatchingConfig;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.InstancesConfig;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.QueueBounds;
import io.millrace.server.model.RunPlace;
import io.millrace.server.model.VersionArtifact;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the log says of a version whose files or settings change while it serves. */
final class ChangedWhileServingTest {
  private final ManualLifecycle house = new ManualLifecycle();
  private final Logger log = (Logger) LoggerFactory.getLogger(ModelManager.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void listen() {
    lines.start();
    log.addAppender(lines);
    log.setLevel(Level.WARN);
  }

  @AfterEach
  void stopListening() {
    log.setLevel(null);
    log.detachAppender(lines);
  }

  private static DesiredVersions written(String fingerprint, ModelConfig config) {
    VersionArtifact artifact =
        new VersionArtifact(
            Wishes.id(1), ModelFormat.ONNX, Path.of("model.onnx"), config, fingerprint);
    return new DesiredVersions(Wishes.MODEL, List.of(artifact), 1, List.of(), Map.of());
  }

  private List<String> warnings() {
    return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Test
  void settingsThatChange_areNamedWithWhenTheyComeIntoForce() {
    ModelConfig edited =
        new ModelConfig(
            List.of(),
            List.of(),
            new InstancesConfig(2, 1),
            new BatchingConfig(16, Duration.ZERO, QueueBounds.DERIVED, RunPlace.AUTO));
    house.settle(written("a", ModelConfig.DERIVED));
    house.settle(written("b", edited));
    // Something else of the model changes, and the same wish comes again.
    house.settle(written("b", edited));

    assertThat(warnings())
        .containsExactly(
            "iris/1: instances.count, batching.max_batch_size changed in config.yaml while it"
                + " serves; it goes on as it was loaded, the change comes into force with the next"
                + " version or a restart");
  }

  @Test
  void filesThatChange_areSaidToNeedANewNumber() {
    house.settle(written("a", ModelConfig.DERIVED));
    house.settle(written("b", ModelConfig.DERIVED));

    assertThat(warnings())
        .containsExactly(
            "iris/1: its files changed while it serves; it goes on as it was loaded, give new"
                + " bytes a new version number");
  }

  @Test
  void settingsThatAreTakenBack_areNoChange() {
    house.settle(written("a", ModelConfig.DERIVED));
    house.settle(written("a", ModelConfig.DERIVED));

    assertThat(warnings()).isEmpty();
  }

  @Test
  void filesThatOnlyLookDifferent_areNoChange() {
    house.loader().digestOf("a", "sha256:1");
    house.loader().digestOf("b", "sha256:1");
    house.settle(written("a", ModelConfig.DERIVED));
    house.settle(written("b", ModelConfig.DERIVED));
    house.settle(written("b", ModelConfig.DERIVED));

    assertThat(warnings()).isEmpty();
    assertThat(house.loader().loaded()).hasSize(1);
    assertThat(house.loader().digestsAsked()).containsExactly("b");
    assertThat(house.status(1).digest()).isEqualTo("sha256:1");
  }

  @Test
  void filesThatHoldOtherBytes_areToldOnce() {
    house.loader().digestOf("a", "sha256:1");
    house.loader().digestOf("b", "sha256:2");
    house.settle(written("a", ModelConfig.DERIVED));
    house.settle(written("b", ModelConfig.DERIVED));
    house.settle(written("b", ModelConfig.DERIVED));

    assertThat(warnings()).singleElement().asString().startsWith("iris/1: its files changed");
    assertThat(house.status(1).digest()).isEqualTo("sha256:1");
  }

  @Test
  void filesThatAreSetBack_areNoChange() {
    house.loader().digestOf("a", "sha256:1");
    house.loader().digestOf("b", "sha256:2");
    house.settle(written("a", ModelConfig.DERIVED));
    house.settle(written("b", ModelConfig.DERIVED));
    house.settle(written("a", ModelConfig.DERIVED));

    assertThat(warnings()).hasSize(1);
  }
}
