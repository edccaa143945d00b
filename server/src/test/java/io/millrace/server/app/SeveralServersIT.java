package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.millrace.server.app.RestCalls.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code envoy/several.yaml} before two servers. */
final class SeveralServersIT {
  private static final String PREDICT = "/v1/models/tiny:predictTensors";
  private static final int CALLERS = 2;

  @TempDir private Path temp;
  private Path repository;
  private final int port = freePort();
  private final int first = freePort();
  private final int second = freePort();
  private final int admin = freePort();
  private Process envoy;
  private RestCalls rest;

  @BeforeEach
  void startEnvoy() throws IOException {
    repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "slow", 1, "slow.onnx");
    Path kit = RunningServer.DISTRIBUTION.resolve("envoy");
    String file =
        Files.readString(kit.resolve("several.yaml"))
            .replace("port_value: 8000", "port_value: " + port)
            .replace("port_value: 8001", "port_value: " + first)
            .replace("port_value: 8011", "port_value: " + second)
            .replace("port_value: 9901", "port_value: " + admin);
    Path own = Files.writeString(temp.resolve("several.yaml"), file);
    envoy =
        new ProcessBuilder(
                RealEnvoy.program().toString(),
                "-c",
                own.toString(),
                "--disable-hot-restart",
                "--log-level",
                "error")
            .directory(kit.toFile())
            .redirectError(Redirect.INHERIT)
            .start();
    rest = new RestCalls("http://127.0.0.1:" + port);
    Calls.await("Envoy", () -> status() != 0);
  }

  @AfterEach
  void stopEnvoy() {
    envoy.destroyForcibly();
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of a predict, 0 while nothing listens. */
  private int status() {
    try {
      return rest.post(PREDICT, RestCalls.WHICH_VERSION).status();
    } catch (UncheckedIOException e) {
      return 0;
    }
  }

  /** Starts a server and waits, as a rollout does, until Envoy has seen that it is healthy. */
  private RunningServer server(int port) {
    RunningServer server =
        RunningServer.start(
            repository, "--grpc-port", Integer.toString(port), "--drain-delay", "2s");
    Calls.await("Envoy to see it", () -> clusters(port, "health_flags::healthy"));
    return server;
  }

  /** Whether Envoy says this of a server. */
  private boolean clusters(int port, String line) {
    return new RestCalls("http://127.0.0.1:" + admin)
        .get("/clusters")
        .text()
        .contains("127.0.0.1:%d::%s\n".formatted(port, line));
  }

  @Test
  void withoutAnyServer_refusesAtOnceInJson() {
    Answer answer = rest.post(PREDICT, RestCalls.WHICH_VERSION);

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    assertThat(answer.text()).contains("\"code\":14", "SERVER_STARTING", "not executed");
    assertThat(answer.header("retry-after")).isEqualTo("1");
  }

  @Test
  void aServerThatDiesUnderACall_leavesOpenWhetherItWasExecuted() {
    try (RunningServer dies = server(first)) {
      mustAnswer();
      CompletableFuture<Answer> call =
          rest.postLater("/v1/models/slow:predict", "{\"inputs\":{\"steps\":5000000}}");
      Calls.await("the server to have it", () -> clusters(first, "rq_active::1"));
      dies.process().destroyForcibly();

      Answer answer = call.join();
      assertThat(answer.status()).as(answer.text()).isEqualTo(503);
      assertThat(answer.text()).contains("\"code\":14", "\"details\":[]", "may have been executed");
    }
  }

  @Test
  void aServerThatRestartsUnderLoad_losesNoCall() throws Exception {
    try (RunningServer stays = server(first)) {
      RunningServer goes = server(second);
      AtomicBoolean goOn = new AtomicBoolean(true);
      ExecutorService pool = Executors.newCachedThreadPool();
      List<Future<Long>> calls = new ArrayList<>();
      ManagedChannel channel =
          Grpc.newChannelBuilder("127.0.0.1:" + port, InsecureChannelCredentials.create()).build();
      for (int i = 0; i < CALLERS; i++) {
        Doors.throughEnvoy("http://127.0.0.1:" + port, channel)
            .forEach(
                (name, call) ->
                    calls.add(
                        pool.submit(
                            caller(
                                goOn, () -> assertThat(call.getAsLong()).as(name).isEqualTo(1)))));
      }
      goes.terminate();
      assertThat(goes.awaitExit()).isZero();
      goes.close();
      try (RunningServer back = server(second)) {
        // The one that stayed goes now, so that the one that came back must answer.
        stays.terminate();
        assertThat(stays.awaitExit()).isZero();
        assertThat(back.process().isAlive()).isTrue();
        mustAnswer();
        goOn.set(false);
        for (Future<Long> call : calls) {
          assertThat(call.get(30, TimeUnit.SECONDS)).isPositive();
        }
      }
      pool.shutdown();
      channel.shutdownNow();
    }
  }

  private static Callable<Long> caller(AtomicBoolean goOn, Runnable call) {
    return () -> {
      long count = 0;
      while (goOn.get()) {
        call.run();
        count++;
      }
      return count;
    };
  }

  private void mustAnswer() {
    Answer answer = rest.post(PREDICT, RestCalls.WHICH_VERSION);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }
}
