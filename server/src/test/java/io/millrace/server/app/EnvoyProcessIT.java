package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.app.RestCalls.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server and its Envoy live and die together. */
final class EnvoyProcessIT {
  private static final String PREDICT = "/v1/models/tiny:predictTensors";

  @TempDir private Path temp;
  private Path repository;

  @BeforeEach
  void prepare() {
    repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
  }

  /** Envoy and its keeper. */
  private static List<ProcessHandle> envoys(RunningServer server) {
    return server.process().descendants().toList();
  }

  private static ProcessHandle envoy(RunningServer server) {
    return server
        .process()
        .descendants()
        .filter(process -> process.info().command().orElse("").endsWith("/envoy"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no Envoy runs"));
  }

  private static void awaitEnd(List<ProcessHandle> processes) {
    Calls.await("Envoy to end", () -> processes.stream().noneMatch(ProcessHandle::isAlive));
  }

  @Test
  void sigterm_withASlowCallUnderWay_answersItFirst() {
    Repositories.drop(repository, "slow", 1, "slow.onnx");
    try (RunningServer server = RunningServer.startWithEnvoy(repository)) {
      RestCalls rest = new RestCalls(server.restUrl());
      CompletableFuture<Answer> slow =
          rest.postLater(
              "/v1/models/slow:predictTensors",
              "{\"inputs\":[{\"name\":\"steps\",\"dtype\":\"DT_INT64\",\"int_val\":[200000]}]}");
      rest.post(PREDICT, RestCalls.WHICH_VERSION);
      server.terminate();

      assertThat(server.awaitExit()).isZero();
      assertThat(slow.join().status()).isEqualTo(200);
    }
  }

  @Test
  void envoyKilled_stopsTheServer_whichSaysWhy() {
    try (RunningServer server = RunningServer.startWithEnvoy(repository)) {
      envoy(server).destroyForcibly();

      assertThat(server.awaitExit()).isEqualTo(1);
      assertThat(server.log()).contains("Envoy ended with code 137", "tiny/1 UNLOADED");
    }
  }

  @Test
  void sigterm_withAnEnvoyThatHangs_endsBothAllTheSame() throws Exception {
    try (RunningServer server = RunningServer.startWithEnvoy(repository)) {
      List<ProcessHandle> envoys = envoys(server);
      String pid = Long.toString(envoy(server).pid());
      assertThat(new ProcessBuilder("kill", "-STOP", pid).start().waitFor()).isZero();

      server.terminate();

      assertThat(server.process().onExit()).succeedsWithin(Duration.ofSeconds(30));
      awaitEnd(envoys);
    }
  }

  @Test
  void serverKilled_leavesNoEnvoy() {
    try (RunningServer server = RunningServer.startWithEnvoy(repository)) {
      List<ProcessHandle> envoys = envoys(server);
      assertThat(envoys).isNotEmpty();

      server.process().destroyForcibly();

      awaitEnd(envoys);
    }
  }

  @Test
  void keeperKilledWithTheServer_leavesNoEnvoyEither() {
    try (RunningServer server = RunningServer.startWithEnvoy(repository)) {
      List<ProcessHandle> envoys = envoys(server);
      server.process().children().forEach(ProcessHandle::destroyForcibly);
      server.process().destroyForcibly();

      awaitEnd(envoys);
    }
  }

  @Test
  void ctrlC_cannotReachEnvoy_sinceItsProcessGroupIsItsOwn() throws Exception {
    try (RunningServer server = RunningServer.startWithEnvoy(repository)) {
      for (ProcessHandle process : envoys(server)) {
        assertThat(groupOf(process)).isNotEqualTo(groupOf(server.process()));
      }
    }
  }

  private static String groupOf(ProcessHandle process) throws IOException {
    String pid = Long.toString(process.pid());
    Process ps = new ProcessBuilder("ps", "-o", "pgid=", "-p", pid).start();
    return new String(ps.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
        .strip();
  }

  @Test
  void nothingIsLeftInTheTempFolder() throws IOException {
    Path own = Files.createDirectory(temp.resolve("tmp"));
    try (RunningServer server =
        RunningServer.launchWithEnvoy(
            Map.of("MILLRACE_JAVA_OPTS", "-Djava.io.tmpdir=" + own), repository)) {
      server.awaitReady();
      server.terminate();
      assertThat(server.awaitExit()).isZero();
    }
    try (Stream<Path> left = Files.list(own)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void aRestPortInUse_isOneClearLine() throws Exception {
    String envoy = RealEnvoy.program().toString();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RunningServer server =
            RunningServer.launch(
                repository,
                "--envoy",
                envoy,
                "--rest-port",
                Integer.toString(taken.getLocalPort()))) {
      assertThat(server.awaitExit()).isEqualTo(1);
      assertThat(server.log().lines().toList())
          .hasSize(1)
          .allSatisfy(
              line ->
                  assertThat(line)
                      .contains(
                          Integer.toString(taken.getLocalPort()), "--rest-port", "--no-envoy"));
    }
  }

  @Test
  void anEnvoyThatCannotRun_isOneClearLine() {
    Path nothing = temp.resolve("no-such-envoy");
    try (RunningServer server =
        RunningServer.launch(repository, "--rest-port", "0", "--envoy", nothing.toString())) {
      assertThat(server.awaitExit()).isEqualTo(1);
      assertThat(server.log().lines().toList())
          .hasSize(1)
          .allSatisfy(line -> assertThat(line).contains("no-such-envoy", "--envoy"));
    }
  }

  @Test
  void withoutAnEnvoy_grpcAloneIsServed_andOneLineSaysHowToGetOne() {
    Map<String, String> none = Map.of("PATH", "/usr/bin:/bin", "MILLRACE_ENVOY", "");
    try (RunningServer server = RunningServer.launchAsIs(none, repository).awaitReady()) {
      assertThat(server.output().lines().filter(line -> line.contains("Envoy")))
          .singleElement()
          .asString()
          .startsWith("REST    off: there is no Envoy 1.36 or newer; envoy/get-envoy fetches one");
      assertThat(Calls.predict(server.channel(), Calls.whichVersion("tiny")).getOutputsCount())
          .isEqualTo(2);
      assertThat(envoys(server)).isEmpty();
      assertThat(server.log()).doesNotContain("envoy", "Envoy");
      server.terminate();
      assertThat(server.awaitExit()).isZero();
    }
  }

  @Test
  void anEnvoyThatEndsAtOnce_stopsTheServer() {
    try (RunningServer server =
        RunningServer.launch(repository, "--rest-port", "0", "--envoy", "/bin/false")) {
      assertThat(server.awaitExit()).isEqualTo(1);
      assertThat(server.log()).contains("Envoy ended at its start with code 1");
    }
  }
}
