package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.millrace.server.app.RestCalls.Answer;
import io.millrace.v1.ModelEvent;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.ModelServiceGrpc.ModelServiceBlockingStub;
import io.millrace.v1.ReloadModelRequest;
import io.millrace.v1.SetLabelRequest;
import io.millrace.v1.State;
import io.millrace.v1.UnloadModelRequest;
import io.millrace.v1.WatchModelsRequest;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Operators at the packaged server, by REST through the real Envoy and by gRPC. */
final class AdminIT {
  @TempDir private static Path temp;
  private static Path repository;
  private static RunningServer server;
  private static RestCalls rest;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() {
    repository = temp.resolve("repository");
    for (String model : new String[] {"byrest", "bygrpc", "labelled", "edited", "reloaded"}) {
      Repositories.drop(repository, model, 1, "constant-version-1.onnx");
      Repositories.drop(repository, model, 2, "constant-version-2.onnx");
    }
    Repositories.write(
        repository.resolve("edited/config.yaml"), "version_policy: all\nlabels: {stable: 1}\n");
    server = RunningServer.startWithEnvoy(repository, "--scan-interval", "100ms");
    rest = new RestCalls(server.restUrl());
    channel = server.channel();
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static ModelServiceBlockingStub client() {
    return ModelServiceGrpc.newBlockingStub(channel);
  }

  private static Answer order(String verb, String model, String body) {
    return rest.post("/v1/models/" + model + ":" + verb, body);
  }

  @Test
  void byRest_versionsAreLoadedUnloadedReloadedAndLabelled() {
    Answer planned = order("load", "byrest", "{\"version\":1,\"dry_run\":true}");
    assertThat(planned.status()).as(planned.text()).isEqualTo(200);
    assertThat(planned.text()).contains("\"planned\":[\"load byrest/1\"]");
    assertThat(Calls.state(channel, "byrest", 1)).isEqualTo(State.UNKNOWN);

    Answer loaded = order("load", "byrest", "{\"version\":1,\"wait\":true}");
    assertThat(loaded.text()).contains("\"version\":\"1\",\"state\":\"AVAILABLE\"");
    assertThat(rest.post("/v1/models/byrest/versions/1:predict", "{\"instances\":[[1,2]]}"))
        .extracting(Answer::status)
        .isEqualTo(200);

    Answer labelled =
        order("setLabel", "byrest", "{\"label\":\"old\",\"version\":1,\"expected_version\":0}");
    assertThat(labelled.text()).contains("\"labels\":{\"old\":\"1\"}");
    Answer moved =
        order("setLabel", "byrest", "{\"label\":\"old\",\"version\":2,\"expected_version\":0}");
    assertThat(moved.status()).as(moved.text()).isEqualTo(409);
    assertThat(moved.text()).contains("\"reason\":\"LABEL_MOVED\"");

    assertThat(order("reload", "byrest", "{\"wait\":true}").status()).isEqualTo(200);
    Answer unloaded = order("unload", "byrest", "{\"wait\":true}");
    assertThat(unloaded.text()).doesNotContain("AVAILABLE\",\"status\"").contains("\"END\"");
    Answer gone = rest.post("/v1/models/byrest:predictTensors", RestCalls.WHICH_VERSION);
    assertThat(gone.status()).isEqualTo(404);
    assertThat(gone.text()).contains("LoadModel or :load loads it");
  }

  @Test
  void byGrpc_versionsAreLoadedAndUnloaded_andAnUnloadHoldsUntilANewVersionArrives() {
    var unused =
        client()
            .unloadModel(UnloadModelRequest.newBuilder().setName("bygrpc").setWait(true).build());
    // Another model that a scan brings up shows that scans went on.
    Repositories.drop(repository, "meanwhile", 1, "constant-version-1.onnx");
    Calls.awaitState(channel, "meanwhile", 1, State.AVAILABLE);
    assertThat(Calls.state(channel, "bygrpc", 2)).isEqualTo(State.END);

    Repositories.drop(repository, "bygrpc", 3, "constant-version-2.onnx");
    Calls.awaitState(channel, "bygrpc", 3, State.AVAILABLE);
    assertThat(Calls.state(channel, "bygrpc", 2)).isEqualTo(State.END);
  }

  @Test
  void aWatch_tellsOfAnOrder_asItIsCarriedOut() {
    Iterator<ModelEvent> events =
        client().watchModels(WatchModelsRequest.newBuilder().addNames("labelled").build());
    assertThat(events.next().getModelVersionStatus().getVersion()).isEqualTo(2);
    assertThat(events.next().getName()).as("the end of the snapshot").isEmpty();

    var unused =
        client()
            .setLabel(
                SetLabelRequest.newBuilder()
                    .setName("labelled")
                    .setLabel("stable")
                    .setVersion(2)
                    .build());

    ModelEvent event = events.next();
    assertThat(event.hasModelVersionStatus()).isFalse();
    assertThat(event.getLabelsMap()).containsExactly(Map.entry("stable", 2L));
  }

  @Test
  void anEditedConfig_movesALabelWhenItsVersionServes_andReloadsNothing() {
    Repositories.write(
        repository.resolve("edited/config.yaml"), "version_policy: all\nlabels: {stable: 3}\n");
    Repositories.drop(repository, "meanwhile-2", 1, "constant-version-1.onnx");
    Calls.awaitState(channel, "meanwhile-2", 1, State.AVAILABLE);
    assertThat(rest.get("/v1/models/edited/labels/stable").text()).contains("\"version\":\"1\"");

    Repositories.drop(repository, "edited", 3, "constant-version-2.onnx");
    Calls.awaitState(channel, "edited", 3, State.AVAILABLE);

    assertThat(rest.get("/v1/models/edited/labels/stable").text()).contains("\"version\":\"3\"");
    Calls.status(channel, "edited").stream()
        .filter(version -> version.getVersion() < 3)
        .forEach(version -> assertThat(version.getTimelineCount()).isEqualTo(3));
  }

  @Test
  void reloadsUnderLoad_loseNoCall() {
    AtomicBoolean goOn = new AtomicBoolean(true);
    CompletableFuture<Long> calls =
        CompletableFuture.supplyAsync(
            () -> {
              long count = 0;
              while (goOn.get()) {
                Calls.predict(channel, Calls.whichVersion("reloaded"));
                count++;
              }
              return count;
            });
    for (int i = 0; i < 20; i++) {
      var unused =
          client()
              .reloadModel(
                  ReloadModelRequest.newBuilder().setName("reloaded").setWait(true).build());
    }
    goOn.set(false);

    assertThat(calls.join()).isPositive();
  }

  @ParameterizedTest
  @CsvSource({"load", "unload", "reload", "setLabel"})
  void anOrderAboutNothing_isNotFound_andByGetThereIsNone(String verb) {
    Answer unknown = order(verb, "nope", "{%s}".formatted(label(verb)));
    assertThat(unknown.status()).as(unknown.text()).isEqualTo(404);
    assertThat(unknown.text()).contains("\"reason\":\"MODEL_NOT_FOUND\"");

    assertThat(rest.get("/v1/models/nope:" + verb).status()).isEqualTo(405);
  }

  private static String label(String verb) {
    return verb.equals("setLabel") ? "\"label\":\"stable\",\"version\":1" : "";
  }

  @Test
  void anOrderWithoutABody_isOneWithoutWishes() {
    Answer answer = order("load", "labelled", "");

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  @Test
  void aPageFromElsewhere_cannotSendOrdersThroughItsReadersBrowser() {
    Answer page = rest.post("/v1/models/labelled:load", "{}", "origin", "http://example.org");
    Answer own = rest.post("/v1/models/labelled:load", "{}", "origin", "http://localhost:3000");

    assertThat(page.status()).as(page.text()).isEqualTo(403);
    assertThat(page.text()).contains("\"reason\":\"PERMISSION_DENIED\"");
    assertThat(own.status()).as(own.text()).isEqualTo(200);
  }

  @Test
  void whatACallerSaysOfItself_countsForNothing_behindEnvoy() {
    Answer answer = rest.post("/v1/models/labelled:load", "{}", "x-forwarded-for", "192.0.2.7");

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }
}
