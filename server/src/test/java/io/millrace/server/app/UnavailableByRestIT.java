package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.app.RestCalls.Answer;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that come too early, that are too many or that take too long, through the real Envoy. */
final class UnavailableByRestIT {
  private static final String ROWS = "{\"instances\":[[1,2]]}";

  @TempDir private static Path temp;
  private static Path repository;
  private static RunningServer server;
  private static RestCalls rest;
  private static RawHttp http;
  private static RestErrors errors;

  @BeforeAll
  static void start() {
    repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "slow", 1, "slow.onnx");
    server = RunningServer.startWithEnvoy(repository);
    rest = new RestCalls(server.restUrl());
    http = new RawHttp(URI.create(server.restUrl()));
    errors = new RestErrors(temp);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"50m", "150m", "150000u"})
  void theDeadlineOfTheCaller_isAGatewayTimeout(String timeout) {
    byte[] body = "{\"inputs\":{\"steps\":500000}}".getBytes(UTF_8);
    String header = "grpc-timeout: " + timeout;

    errors.assertError(
        http.send("POST", "/v1/models/slow:predict", body, header), 504, 4, "deadline");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0S", "1n"})
  void aDeadlineThatHasPassedAlready_isAGatewayTimeout(String timeout) {
    errors.assertError(
        http.send("GET", "/v1/models/tiny", new byte[0], "grpc-timeout: " + timeout), 504, 4);
  }

  @Test
  void aCallThatNamesATimeoutInItsBody_endsThen() {
    byte[] body =
        ("{\"parameters\":{\"timeout\":200000},\"inputs\":[{\"name\":\"steps\",\"shape\":[],"
                + "\"datatype\":\"INT64\",\"data\":[9000000000000000000]}]}")
            .getBytes(UTF_8);

    errors.assertError(
        http.send("POST", "/v2/models/slow/infer", body), 504, 4, "200000 microseconds");
  }

  @Test
  void moreThanTheQueueHolds_isUnavailableWithWhenToTryAgain() {
    String body = "{\"inputs\":{\"steps\":1000000}}";
    // Nobody is refused before it is known what a call takes.
    assertThat(rest.post("/v1/models/slow:predict", body).status()).isEqualTo(200);

    List<CompletableFuture<Answer>> calls =
        Stream.generate(() -> rest.postLater("/v1/models/slow:predict", body, "grpc-timeout", "3S"))
            .limit(300)
            .toList();
    List<Answer> answers = calls.stream().map(CompletableFuture::join).toList();

    assertThat(answers).extracting(Answer::status).containsAnyOf(503).isSubsetOf(200, 503, 504);
    assertThat(answers)
        .filteredOn(answer -> answer.status() == 503)
        .allSatisfy(
            answer -> {
              assertThat(answer.text())
                  .contains("\"code\":14", "MODEL_QUEUE_FULL", "google.rpc.RetryInfo");
              assertThat(answer.header("retry-after")).matches("[1-8]");
            });
  }

  @Test
  void aModelOnItsWay_isUnavailable() {
    // The first TorchScript version brings libtorch with it, which takes long.
    Repositories.copy(
        RunningServer.CHECKOUT.resolve("model-repo/digits"), repository.resolve("digits"));
    AtomicReference<Answer> last = new AtomicReference<>();
    Calls.await(
        "MODEL_LOADING",
        () -> {
          Answer answer = rest.post("/v1/models/digits/versions/2:predict", ROWS);
          last.set(answer);
          return answer.text().contains("MODEL_LOADING");
        });

    Answer loading = Objects.requireNonNull(last.get());
    assertThat(loading.status()).isEqualTo(503);
    assertThat(loading.text()).contains("\"code\":14", "google.rpc.RetryInfo");
    assertThat(loading.header("retry-after")).matches("[12]");
  }

  @Test
  void aServerThatDrains_isNotReady_andAnswersOn() {
    Path own = temp.resolve("draining/repository");
    Repositories.drop(own, "tiny", 1, "constant-version-1.onnx");
    try (RunningServer draining = RunningServer.startWithEnvoy(own, "--drain-delay", "1m")) {
      RestCalls calls = new RestCalls(draining.restUrl());
      draining.terminate();
      Calls.await("not ready", () -> calls.get("/v2/health/ready").status() == 503);

      assertThat(calls.get("/v2/health/ready").text()).contains("\"code\":14", "\"error\":\"");
      assertThat(calls.get("/v2/health/live").status()).isEqualTo(200);
      assertThat(calls.post("/v1/models/tiny:predict", ROWS).status()).isEqualTo(200);
    }
  }
}
