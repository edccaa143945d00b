package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.millrace.v1.ModelVersionStatus;
import io.millrace.v1.State;
import io.millrace.v1.StatusProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A folder of models that goes away under a server, as a disk does that is unmounted. */
final class RepositoryOutageIT {
  @TempDir private Path temp;

  /** What is found where the models were. */
  private enum Outage {
    NOTHING,
    /** The place at which a disk was mounted. */
    EMPTY_FOLDER,
    /** What nobody can read, not even root. */
    LINK_TO_ITSELF,
    FILE;

    void leaveAt(Path place) throws IOException {
      switch (this) {
        case NOTHING -> {}
        case EMPTY_FOLDER -> Files.createDirectory(place);
        case LINK_TO_ITSELF -> Files.createSymbolicLink(place, place);
        case FILE -> Files.writeString(place, "");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Outage.class)
  void repositoryThatGoes_leavesItsModelsServingWithAnAlarm_untilItIsBack(Outage outage)
      throws IOException {
    Path repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    try (RunningServer server = RunningServer.start(repository, "--scan-interval", "100ms")) {
      assertThat(alarms(server)).isZero();
      assertThat(status(server.channel())).isEqualTo(good());

      Files.move(repository, temp.resolve("aside"));
      outage.leaveAt(repository);

      Calls.await("the alarm", () -> alarms(server) == 1);
      StatusProto told = status(server.channel());
      assertThat(told.getErrorCode()).isEqualTo("OK");
      assertThat(told.getReason()).isEqualTo("REPOSITORY_UNREADABLE");
      assertThat(told.getErrorMessage()).startsWith("repository: ").doesNotContain(temp.toString());
      assertThat(server.log()).contains("ERROR");
      var unused = Calls.predict(server.channel(), Calls.whichVersion("tiny"));

      Files.deleteIfExists(repository);
      Files.move(temp.resolve("aside"), repository);
      Repositories.drop(repository, "other", 1, "constant-version-2.onnx");

      Calls.awaitState(server.channel(), "other", 1, State.AVAILABLE);
      assertThat(alarms(server)).isZero();
      assertThat(status(server.channel())).isEqualTo(good());
      assertThat(server.log()).containsOnlyOnce("tiny/1 READY");
    }
  }

  @Test
  void configThatTurnsBad_isToldByTheStatusOfWhatServes_untilItIsMended() {
    Path repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "other", 1, "constant-version-2.onnx");
    Path config = repository.resolve("tiny/config.yaml");
    try (RunningServer server = RunningServer.start(repository, "--scan-interval", "100ms")) {
      Repositories.write(config, "version_polcy: all");

      Calls.await("the alarm", () -> alarms(server) == 1);
      StatusProto told = status(server.channel());
      assertThat(told.getErrorCode()).isEqualTo("OK");
      assertThat(told.getErrorMessage())
          .startsWith("tiny/config.yaml:1: ")
          .contains("version_polcy", "version_policy");
      assertThat(Calls.status(server.channel(), "other").get(0).getStatus()).isEqualTo(good());

      Repositories.write(config, "version_policy: all");

      Calls.await("its end", () -> alarms(server) == 0);
      assertThat(status(server.channel())).isEqualTo(good());
    }
  }

  private static StatusProto good() {
    return StatusProto.newBuilder().setErrorCode("OK").build();
  }

  private static StatusProto status(ManagedChannel channel) {
    ModelVersionStatus version = Calls.status(channel, "tiny").get(0);
    assertThat(version.getState()).isEqualTo(State.AVAILABLE);
    return version.getStatus();
  }

  private static double alarms(RunningServer server) {
    String name = "millrace_repository_alarms ";
    try (var page = URI.create(server.monitoring() + "/metrics").toURL().openStream()) {
      String text = new String(page.readAllBytes(), StandardCharsets.UTF_8);
      return text.lines()
          .filter(line -> line.startsWith(name))
          .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
