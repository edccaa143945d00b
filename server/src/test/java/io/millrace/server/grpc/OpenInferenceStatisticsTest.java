package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import io.millrace.openinference.ModelStatistics;
import io.millrace.openinference.ModelStatisticsRequest;
import io.millrace.openinference.ModelStatisticsResponse;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.model.ServingStatistics;
import io.millrace.server.model.ServingStatistics.Answered;
import io.millrace.server.model.ServingStatistics.Batches;
import io.millrace.server.model.ServingStatistics.Failed;
import io.millrace.server.model.ServingStatistics.Phases;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What ModelStatistics tells of whom, and by which numbers. */
final class OpenInferenceStatisticsTest {
  private static final ServingStatistics SOME =
      new ServingStatistics(
          new Answered(7, 20, 7_000, 700, new Phases(71, 5_000, 72)),
          new Failed(3, 300),
          Optional.of(Instant.ofEpochMilli(1_795_173_861_921L)),
          List.of(
              new Batches(1, 2, new Phases(11, 1_000, 12)),
              new Batches(6, 3, new Phases(21, 3_000, 22))));

  private final RunningDoor door = new RunningDoor();
  private final GRPCInferenceServiceBlockingStub client =
      GRPCInferenceServiceGrpc.newBlockingStub(door.channel);

  @BeforeEach
  void models() {
    door.catalog
        .with(
            "iris",
            FakeCatalog.version("iris", 4, VersionState.LOADING),
            FakeCatalog.version("iris", 3, VersionState.READY),
            FakeCatalog.version("iris", 2, VersionState.READY),
            FakeCatalog.failed("iris", 1, "broken"))
        .with("rose", FakeCatalog.version("rose", 1, VersionState.READY))
        .with("tulip", FakeCatalog.failed("tulip", 1, "broken"))
        .done("iris", 3, SOME)
        .done("iris", 2, ServingStatistics.NONE)
        .done("rose", 1, ServingStatistics.NONE);
  }

  @AfterEach
  void close() {
    door.close();
  }

  private ModelStatisticsResponse statistics(String name, String version) {
    return client.modelStatistics(
        ModelStatisticsRequest.newBuilder().setName(name).setVersion(version).build());
  }

  private static List<String> ids(ModelStatisticsResponse response) {
    return response.getModelStatsList().stream()
        .map(model -> model.getName() + "/" + model.getVersion())
        .toList();
  }

  @Test
  void aVersion_tellsWhatItHasDone() {
    ModelStatistics model = statistics("iris", "3").getModelStats(0);

    assertThat(model.getName()).isEqualTo("iris");
    assertThat(model.getVersion()).isEqualTo("3");
    assertThat(model.getLastInference()).isEqualTo(1_795_173_861_921L);
    assertThat(model.getInferenceCount()).isEqualTo(20);
    assertThat(model.getExecutionCount()).isEqualTo(5);
    assertThat(model.getInferenceStats().getSuccess().getCount()).isEqualTo(7);
    assertThat(model.getInferenceStats().getFail().getCount()).isEqualTo(3);
    assertThat(model.getInferenceStats().hasCacheHit()).isTrue();
    assertThat(model.getInferenceStats().getCacheHit().getCount()).isZero();
    assertThat(model.getInferenceStats().hasCacheMiss()).isTrue();
  }

  @Test
  void aVersionThatHasDoneNothing_tellsZeros() {
    ModelStatistics model = statistics("rose", "").getModelStats(0);

    assertThat(model.getLastInference()).isZero();
    assertThat(model.getExecutionCount()).isZero();
    assertThat(model.getInferenceStats().hasSuccess()).isTrue();
    assertThat(model.getBatchStatsList()).isEmpty();
  }

  @Test
  void withoutAVersion_allThatServeAreTold_andWithoutAName_allOfAllModels() {
    assertThat(ids(statistics("iris", ""))).containsExactly("iris/3", "iris/2");
    assertThat(ids(statistics("", ""))).containsExactlyInAnyOrder("iris/3", "iris/2", "rose/1");
  }

  @Test
  void aVersionThatGoesWhileAllAreTold_isLeftOut() {
    door.catalog.with("rose", FakeCatalog.version("rose", 2, VersionState.READY));

    assertThat(ids(statistics("", ""))).containsExactlyInAnyOrder("iris/3", "iris/2");
  }

  @Test
  void whatDoesNotServe_isNotFound_andAVersionOfNothingIsMalformed() {
    Calls.End unknown = Calls.failed(() -> statistics("daisy", ""));
    assertThat(unknown.code()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(unknown.reason()).isEqualTo("MODEL_NOT_FOUND");
    assertThat(Calls.failed(() -> statistics("iris", "4")).reason()).isEqualTo("VERSION_NOT_FOUND");
    assertThat(Calls.failed(() -> statistics("iris", "abc")).reason())
        .isEqualTo("VERSION_NOT_FOUND");
    assertThat(Calls.failed(() -> statistics("tulip", "")).reason()).isEqualTo("VERSION_NOT_FOUND");
    assertThat(Calls.failed(() -> statistics("a/b", "")).reason()).isEqualTo("REQUEST_MALFORMED");
    Calls.End nameless = Calls.failed(() -> statistics("", "3"));
    assertThat(nameless.reason()).isEqualTo("REQUEST_MALFORMED");
    assertThat(nameless.message()).contains("name the model");
  }

  /** The numbers are Triton's; its clients know nothing of our file. */
  @Test
  void bytes_haveTritonsNumbers() {
    WireFields model = WireFields.of(statistics("iris", "3").toByteArray()).message(1);

    assertThat(model.text(1)).isEqualTo("iris");
    assertThat(model.text(2)).isEqualTo("3");
    assertThat(model.number(3)).as("last_inference").isEqualTo(1_795_173_861_921L);
    assertThat(model.number(4)).as("inference_count").isEqualTo(20);
    assertThat(model.number(5)).as("execution_count").isEqualTo(5);
    WireFields calls = model.message(6);
    assertDuration(calls.message(1), 7, 7_000);
    assertDuration(calls.message(2), 3, 300);
    assertDuration(calls.message(3), 7, 700);
    assertDuration(calls.message(4), 7, 71);
    assertDuration(calls.message(5), 7, 5_000);
    assertDuration(calls.message(6), 7, 72);
    assertDuration(calls.message(7), 0, 0);
    assertDuration(calls.message(8), 0, 0);
    assertThat(model.messages(7)).hasSize(2);
    WireFields larger = model.messages(7).get(1);
    assertThat(larger.number(1)).as("batch_size").isEqualTo(6);
    assertDuration(larger.message(2), 3, 21);
    assertDuration(larger.message(3), 3, 3_000);
    assertDuration(larger.message(4), 3, 22);
  }

  private static void assertDuration(WireFields duration, long count, long nanos) {
    assertThat(duration.number(1)).isEqualTo(count);
    assertThat(duration.number(2)).isEqualTo(nanos);
  }
}
