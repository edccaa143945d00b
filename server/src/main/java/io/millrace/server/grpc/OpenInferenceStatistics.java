package io.millrace.server.grpc;

import io.millrace.openinference.InferBatchStatistics;
import io.millrace.openinference.InferStatistics;
import io.millrace.openinference.ModelStatistics;
import io.millrace.openinference.ModelStatisticsResponse;
import io.millrace.openinference.StatisticDuration;
import io.millrace.server.lifecycle.ModelStatus;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.lifecycle.VersionStatus;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.ServingStatistics;
import io.millrace.server.model.ServingStatistics.Answered;
import io.millrace.server.model.ServingStatistics.Batches;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What versions that serve have done, as Triton's ModelStatistics tells it. Thread-safe.
 *
 * @param catalog where the models are
 */
record OpenInferenceStatistics(ModelCatalog catalog) {
  /**
   * @param name of a model; empty for all
   * @param version a number; empty for all that serve
   * @throws ServingException for a model or version that is named and does not serve, for the
   *     reason that a call would get
   */
  ModelStatisticsResponse of(String name, String version) {
    List<ModelStatistics> statistics = name.isEmpty() ? ofAll(version) : ofModel(name, version);
    return ModelStatisticsResponse.newBuilder().addAllModelStats(statistics).build();
  }

  private List<ModelStatistics> ofAll(String version) {
    if (!version.isEmpty()) {
      throw RequestFields.malformed(
          "name", "a version is given, but no model; name the model, or leave both empty for all");
    }
    return catalog.models().stream().flatMap(this::serving).toList();
  }

  private List<ModelStatistics> ofModel(String name, String version) {
    String model = RequestFields.modelName("name", name);
    ModelVersionId called = catalog.served(model, RequestFields.versionText(model, version)).id();
    return version.isEmpty()
        ? catalog.model(model).stream().flatMap(this::serving).toList()
        : List.of(encode(called, catalog.statistics(called)));
  }

  private Stream<ModelStatistics> serving(ModelStatus model) {
    return model.versions().stream()
        .filter(version -> version.state() == VersionState.READY)
        .map(VersionStatus::id)
        .flatMap(id -> unlessGone(id).stream());
  }

  private Optional<ModelStatistics> unlessGone(ModelVersionId id) {
    try {
      return Optional.of(encode(id, catalog.statistics(id)));
    } catch (ServingException e) {
      // It was unloaded since it was listed.
      return Optional.empty();
    }
  }

  private static ModelStatistics encode(ModelVersionId id, ServingStatistics statistics) {
    return ModelStatistics.newBuilder()
        .setName(id.model())
        .setVersion(Long.toString(id.version()))
        .setLastInference(statistics.lastRun().map(Instant::toEpochMilli).orElse(0L))
        .setInferenceCount(statistics.answered().rows())
        .setExecutionCount(statistics.runs())
        .setInferenceStats(calls(statistics))
        .addAllBatchStats(statistics.batches().stream().map(OpenInferenceStatistics::runs).toList())
        .build();
  }

  private static InferStatistics calls(ServingStatistics statistics) {
    Answered answered = statistics.answered();
    long calls = answered.calls();
    return InferStatistics.newBuilder()
        .setSuccess(duration(calls, answered.nanos()))
        .setFail(duration(statistics.failed().calls(), statistics.failed().nanos()))
        .setQueue(duration(calls, answered.queueNanos()))
        .setComputeInput(duration(calls, answered.phases().inputNanos()))
        .setComputeInfer(duration(calls, answered.phases().modelNanos()))
        .setComputeOutput(duration(calls, answered.phases().outputNanos()))
        .setCacheHit(duration(0, 0))
        .setCacheMiss(duration(0, 0))
        .build();
  }

  private static InferBatchStatistics runs(Batches batches) {
    return InferBatchStatistics.newBuilder()
        .setBatchSize(batches.rows())
        .setComputeInput(duration(batches.runs(), batches.phases().inputNanos()))
        .setComputeInfer(duration(batches.runs(), batches.phases().modelNanos()))
        .setComputeOutput(duration(batches.runs(), batches.phases().outputNanos()))
        .build();
  }

  private static StatisticDuration duration(long count, long nanos) {
    return StatisticDuration.newBuilder().setCount(count).setNs(nanos).build();
  }
}
