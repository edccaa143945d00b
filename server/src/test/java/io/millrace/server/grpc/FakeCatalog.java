package io.millrace.server.grpc;

import io.millrace.server.lifecycle.ModelAdmin;
import io.millrace.server.lifecycle.ModelFeed;
import io.millrace.server.lifecycle.ModelStatus;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.lifecycle.VersionStatus;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Preprocess;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Scheduling;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.ServingStatistics;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionPolicy;
import io.millrace.server.model.VersionSelector;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;

/** Models as a test sets them up. */
final class FakeCatalog implements ModelCatalog {
  static final Signature SIGNATURE =
      new Signature(
          List.of(
              new TensorSpec(
                  "x",
                  DataType.FP32,
                  io.millrace.server.model.Shape.of(-1, 4),
                  List.of("batch", ""))),
          List.of(TensorSpec.of("label", DataType.INT64, -1)));

  private final Map<String, ModelStatus> models = new ConcurrentHashMap<>();
  private volatile boolean starting;
  volatile Signature signature = SIGNATURE;
  volatile OutputRoles roles = OutputRoles.NONE;
  volatile ClassLabels labels = ClassLabels.NONE;
  volatile String engine = "onnxruntime";
  volatile Scheduling scheduling = Scheduling.ALONE;
  private final Map<ModelVersionId, ServingStatistics> statistics = new ConcurrentHashMap<>();
  volatile VersionPolicy policy = new VersionPolicy.Latest(1);

  /** Nothing was scanned yet. */
  FakeCatalog starting() {
    starting = true;
    return this;
  }

  FakeCatalog with(String model, VersionStatus... versions) {
    models.put(model, new ModelStatus(model, List.of(versions), Map.of(), policy));
    return this;
  }

  /** A model of which nothing was loaded yet. */
  FakeCatalog idle(String model, SortedMap<Long, String> versions) {
    models.put(model, new ModelStatus(model, List.of(), Map.of(), policy, versions));
    return this;
  }

  FakeCatalog label(String model, String label, long version) {
    models.computeIfPresent(
        model,
        (name, status) ->
            new ModelStatus(name, status.versions(), Map.of(label, version), status.policy()));
    return this;
  }

  /** What a version has done; it need not be among those that serve. */
  FakeCatalog done(String model, long version, ServingStatistics what) {
    statistics.put(new ModelVersionId(model, version), what);
    return this;
  }

  static VersionStatus version(String model, long number, VersionState state) {
    return new VersionStatus(
        new ModelVersionId(model, number),
        state,
        Optional.empty(),
        List.of(new VersionStatus.StateChange(state, Instant.EPOCH)));
  }

  static VersionStatus failed(String model, long number, String why) {
    return new VersionStatus(
        new ModelVersionId(model, number),
        VersionState.FAILED,
        Optional.of(ServingException.refusal(Reason.MODEL_LOAD_FAILED, why)),
        List.of());
  }

  /** Operators and watchers have a real manager in their tests, see {@link AdminDoor}. */
  @Override
  public ModelAdmin admin() {
    throw noOrders();
  }

  @Override
  public void endWaits() {}

  @Override
  public ModelFeed feed() {
    throw noOrders();
  }

  private static ServingException noOrders() {
    return ServingException.refusal(Reason.UNSUPPORTED_OPERATION, "nobody administers stand-ins");
  }

  @Override
  public List<ModelStatus> models() {
    return new ArrayList<>(models.values());
  }

  @Override
  public Optional<ModelStatus> model(String name) {
    return Optional.ofNullable(models.get(name));
  }

  @Override
  public ServedVersion served(String model, VersionSelector selector) {
    if (starting) {
      throw ServingException.refusal(Reason.SERVER_STARTING, "the repository is not read yet");
    }
    ModelStatus status =
        model(model)
            .orElseThrow(
                () ->
                    ServingException.refusal(
                        Reason.MODEL_NOT_FOUND, "there is no model '%s'".formatted(model)));
    return status.versions().stream()
        .filter(version -> version.state() == VersionState.READY)
        .filter(version -> matches(status, selector, version.id().version()))
        .findFirst()
        .map(
            version ->
                new ServedVersion(
                    version.id(),
                    signature,
                    engine,
                    version.digest(),
                    scheduling,
                    roles,
                    Preprocess.NONE,
                    labels))
        .orElseThrow(() -> ServingException.refusal(Reason.VERSION_NOT_FOUND, "no such version"));
  }

  @Override
  public ServingStatistics statistics(ModelVersionId id) {
    ServingStatistics known = statistics.get(id);
    if (known == null) {
      throw ServingException.refusal(Reason.VERSION_NOT_FOUND, id + " is gone");
    }
    return known;
  }

  private static boolean matches(ModelStatus status, VersionSelector selector, long version) {
    if (selector instanceof VersionSelector.ByNumber byNumber) {
      return byNumber.version() == version;
    }
    if (selector instanceof VersionSelector.ByLabel byLabel) {
      return status.labels().getOrDefault(byLabel.label(), 0L) == version;
    }
    return true;
  }
}
