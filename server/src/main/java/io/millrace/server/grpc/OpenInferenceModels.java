package io.millrace.server.grpc;

import io.millrace.openinference.ModelConfigResponse;
import io.millrace.openinference.ModelMetadataResponse;
import io.millrace.openinference.ModelMetadataResponse.TensorMetadata;
import io.millrace.openinference.RepositoryIndexResponse;
import io.millrace.openinference.RepositoryIndexResponse.ModelIndex;
import io.millrace.server.lifecycle.ModelStatus;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.lifecycle.VersionStatus;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionPolicy;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The models as the Open Inference Protocol describes them. Thread-safe.
 *
 * @param catalog where the models are
 */
record OpenInferenceModels(ModelCatalog catalog) {
  private static final String UNAVAILABLE = "UNAVAILABLE";

  /** Whether a call of the model now would find a version; a model nobody knows is not ready. */
  boolean isReady(String name, String version) {
    String model = RequestFields.modelName("name", name);
    try {
      var unused = catalog.served(model, RequestFields.versionText(model, version));
      return true;
    } catch (ServingException e) {
      return false;
    }
  }

  ModelMetadataResponse metadata(String name, String version) {
    String model = RequestFields.modelName("name", name);
    var served = catalog.served(model, RequestFields.versionText(model, version));
    ModelMetadataResponse.Builder metadata =
        ModelMetadataResponse.newBuilder()
            .setName(model)
            .addAllVersions(readyVersions(model))
            .setPlatform(platform(served.engine()))
            .addAllInputs(
                served.signature().inputs().stream().map(OpenInferenceModels::tensor).toList())
            .addAllOutputs(
                served.signature().outputs().stream().map(OpenInferenceModels::tensor).toList());
    if (!served.digest().isEmpty()) {
      metadata.putProperties("digest", served.digest());
    }
    return metadata.build();
  }

  ModelConfigResponse config(String name, String version) {
    String model = RequestFields.modelName("name", name);
    var served = catalog.served(model, RequestFields.versionText(model, version));
    // A model that serves has a policy, unless it goes at this moment.
    VersionPolicy policy =
        catalog.model(model).map(ModelStatus::policy).orElseGet(VersionPolicy.All::new);
    return ModelConfigResponse.newBuilder()
        .setConfig(OpenInferenceConfig.encode(served, policy))
        .build();
  }

  private List<String> readyVersions(String model) {
    return catalog.model(model).map(ModelStatus::versions).orElse(List.of()).stream()
        .filter(version -> version.state() == VersionState.READY)
        .map(version -> Long.toString(version.id().version()))
        .toList();
  }

  private static TensorMetadata tensor(TensorSpec spec) {
    return TensorMetadata.newBuilder()
        .setName(spec.name())
        .setDatatype(spec.dtype().name())
        .addAllShape(TensorCodec.sizes(spec.shape()))
        .build();
  }

  /** The names that the protocol's clients know, from Triton; others stay as they are. */
  static String platform(String engine) {
    return switch (engine) {
      case "onnxruntime" -> "onnxruntime_onnx";
      case "pytorch" -> "pytorch_torchscript";
      default -> engine;
    };
  }

  /**
   * Every version of every model, also those that nobody has loaded. The oldest of a model come
   * first, as from Triton: who keeps one state for each name keeps the newest.
   *
   * @param readyOnly leaves out those that do not serve
   */
  RepositoryIndexResponse index(boolean readyOnly) {
    RepositoryIndexResponse.Builder index = RepositoryIndexResponse.newBuilder();
    for (ModelStatus model : catalog.models()) {
      SortedMap<Long, ModelIndex> entries = new TreeMap<>();
      if (!readyOnly) {
        model
            .idle()
            .forEach(
                (version, why) ->
                    entries.put(version, entry(model.model(), version, UNAVAILABLE, why)));
      }
      model.versions().stream()
          .filter(version -> !readyOnly || version.state() == VersionState.READY)
          .forEach(version -> entries.put(version.id().version(), entry(version)));
      index.addAllModels(entries.values());
    }
    return index.build();
  }

  private static ModelIndex entry(VersionStatus version) {
    return entry(
        version.id().model(), version.id().version(), stateName(version.state()), reason(version));
  }

  private static ModelIndex entry(String model, long version, String state, String reason) {
    return ModelIndex.newBuilder()
        .setName(model)
        .setVersion(Long.toString(version))
        .setState(state)
        .setReason(reason)
        .build();
  }

  private static String stateName(VersionState state) {
    return switch (state) {
      case READY -> "READY";
      case NEW, LOADING -> "LOADING";
      case DRAINING, UNLOADING -> "UNLOADING";
      case UNLOADED, FAILED -> UNAVAILABLE;
    };
  }

  private static String reason(VersionStatus version) {
    return version
        .problem()
        .map(ServingException::getMessage)
        .orElse(version.state() == VersionState.UNLOADED ? "unloaded" : "");
  }
}
