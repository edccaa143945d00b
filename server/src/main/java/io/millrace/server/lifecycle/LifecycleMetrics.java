package io.millrace.server.lifecycle;

import io.millrace.server.model.ModelVersionId;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Counts loads and shows the state of each version. Its listener's methods are confined to the
 * lifecycle thread; the states may be read by any.
 */
final class LifecycleMetrics implements VersionListener {
  private static final AttributeKey<String> MODEL = AttributeKey.stringKey("model.name");
  private static final AttributeKey<String> VERSION = AttributeKey.stringKey("model.version");
  private static final AttributeKey<String> STATE = AttributeKey.stringKey("state");
  private static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("outcome");

  /** Seconds: a linear model takes milliseconds, a large network minutes. */
  private static final List<Double> LOAD_SECONDS =
      List.of(0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0);

  private final LongCounter loads;
  private final DoubleHistogram loadDuration;
  private final DoubleHistogram loadWait;
  private final Map<ModelVersionId, VersionState> states = new ConcurrentHashMap<>();

  /**
   * @param alarms how many there are
   */
  LifecycleMetrics(OpenTelemetry telemetry, MemoryBudget budget, LongSupplier alarms) {
    Meter meter = telemetry.getMeter("io.millrace.lifecycle");
    loads =
        meter
            .counterBuilder("millrace.model.loads")
            .setDescription("Versions that were loaded or failed to load")
            .setUnit("{load}")
            .build();
    loadDuration =
        seconds(meter, "duration", "How long loading a version took, with its warm-up and no wait");
    loadWait =
        seconds(meter, "wait", "How long a version waited for a thread before its load began");
    meter
        .gaugeBuilder("millrace.model.state")
        .setDescription("1 for the state that a version is in")
        .ofLongs()
        .buildWithCallback(this::observe);
    meter
        .gaugeBuilder("millrace.repository.alarms")
        .setDescription(
            "What of the repository cannot be read or understood, so that it serves as it did")
        .setUnit("{alarm}")
        .ofLongs()
        .buildWithCallback(gauge -> gauge.record(alarms.getAsLong()));
    show(meter, "used", "Memory that versions take by estimates of their files", budget::used);
    show(meter, "limit", "Memory that all versions together may take", budget::limit);
  }

  private static DoubleHistogram seconds(Meter meter, String name, String description) {
    return meter
        .histogramBuilder("millrace.model.load." + name)
        .setDescription(description)
        .setUnit("s")
        .setExplicitBucketBoundariesAdvice(LOAD_SECONDS)
        .build();
  }

  private static void show(Meter meter, String name, String description, LongSupplier bytes) {
    meter
        .upDownCounterBuilder("millrace.model.memory." + name)
        .setDescription(description)
        .setUnit("By")
        .buildWithCallback(sum -> sum.record(bytes.getAsLong()));
  }

  private void observe(ObservableLongMeasurement gauge) {
    states.forEach(
        (id, state) ->
            gauge.record(1, attributes(id).toBuilder().put(STATE, lowerCase(state)).build()));
  }

  @Override
  public void onVersionChanged(VersionStatus status) {
    if (status.state() == VersionState.UNLOADED) {
      states.remove(status.id());
    } else {
      states.put(status.id(), status.state());
    }
    LoadTimes.of(status).ifPresent(times -> count(status, times));
  }

  private void count(VersionStatus status, LoadTimes times) {
    Attributes version = attributes(status.id());
    loads.add(1, version.toBuilder().put(OUTCOME, lowerCase(status.state())).build());
    // A version loads about once: by version, each would add some thirty series for good.
    Attributes model = Attributes.of(MODEL, status.id().model());
    loadDuration.record(times.loadNanos() / 1e9, model);
    loadWait.record(times.waitNanos() / 1e9, model);
  }

  @Override
  public void onReadinessChanged(boolean ready) {}

  private static Attributes attributes(ModelVersionId id) {
    return Attributes.of(MODEL, id.model(), VERSION, Long.toString(id.version()));
  }

  private static String lowerCase(VersionState state) {
    return state.name().toLowerCase(Locale.ROOT);
  }
}
