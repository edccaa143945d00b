package io.millrace.server.grpc;

import io.millrace.server.model.CallObserver.Execution;
import io.millrace.server.model.ModelVersionId;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.LongHistogram;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Measures calls of models, by model and version. Thread-safe.
 *
 * <p>Labels name models and versions that there are, never what callers make up: those calls count
 * under {@code _unknown}, and so does a version that its model does not serve. The attributes of a
 * version are built once. The SDK keeps what it has counted of a version for the life of the
 * process, and bounds it at 2,000 series of an instrument.
 */
final class GrpcMetrics {
  static final String UNKNOWN = "_unknown";

  private static final AttributeKey<String> MODEL = AttributeKey.stringKey("model.name");
  private static final AttributeKey<String> VERSION = AttributeKey.stringKey("model.version");
  private static final AttributeKey<String> REASON = AttributeKey.stringKey("reason");

  /** From 100 microseconds: small models answer in less than the usual first bucket, 5 ms. */
  private static final List<Double> SECONDS =
      List.of(
          0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
          2.5, 5.0, 10.0, 30.0);

  private static final List<Long> ROWS =
      List.of(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 512L, 1024L);

  private final DoubleHistogram requestDuration;
  private final DoubleHistogram queueDuration;
  private final DoubleHistogram computeDuration;
  private final LongHistogram batchSize;
  private final LongCounter requests;
  private final LongCounter failures;
  private final LongCounter expiredRuns;
  private final LongCounter droppedLines;
  private final Map<ModelVersionId, Series> series = new ConcurrentHashMap<>();
  private final Series unknown = new Series(UNKNOWN, UNKNOWN);

  GrpcMetrics(OpenTelemetry telemetry) {
    Meter meter = telemetry.getMeter("io.millrace.grpc");
    requestDuration =
        duration(meter, "millrace.inference.request.duration", "From first byte to last");
    queueDuration = duration(meter, "millrace.inference.queue.duration", "Waiting for an instance");
    computeDuration = duration(meter, "millrace.inference.compute.duration", "In the model");
    batchSize =
        meter
            .histogramBuilder("millrace.inference.batch.size")
            .setDescription("Rows that ran together")
            .setUnit("{row}")
            .ofLongs()
            .setExplicitBucketBoundariesAdvice(ROWS)
            .build();
    requests = counter(meter, "millrace.inference.requests", "{request}", "Calls that ended");
    failures =
        counter(meter, "millrace.inference.failures", "{request}", "Calls that ended in failure");
    expiredRuns =
        counter(
            meter,
            "millrace.inference.expired.runs",
            "{request}",
            "Calls that ran although their deadline had passed; it stays at 0");
    droppedLines =
        counter(
            meter, "millrace.log.dropped", "{line}", "Failed calls that got no line in the log");
    meter
        .gaugeBuilder("millrace.inference.pending")
        .setDescription("Calls that wait for an instance")
        .setUnit("{request}")
        .ofLongs()
        .buildWithCallback(gauge -> series.values().forEach(each -> each.observe(gauge)));
  }

  /** Shows how near the messages of all calls are to their bound. */
  static void show(MessageMemory memory, OpenTelemetry telemetry) {
    Meter meter = telemetry.getMeter("io.millrace.grpc");
    meter
        .upDownCounterBuilder("millrace.message.memory.used")
        .setDescription("Messages that arrive, wait, run or leave")
        .setUnit("By")
        .buildWithCallback(gauge -> gauge.record(memory.used()));
    meter
        .upDownCounterBuilder("millrace.message.memory.limit")
        .setDescription("Above this, calls are refused as SERVER_OVERLOADED")
        .setUnit("By")
        .buildWithCallback(gauge -> gauge.record(memory.limit()));
  }

  private static DoubleHistogram duration(Meter meter, String name, String description) {
    return meter
        .histogramBuilder(name)
        .setDescription(description)
        .setUnit("s")
        .setExplicitBucketBoundariesAdvice(SECONDS)
        .build();
  }

  private static LongCounter counter(Meter meter, String name, String unit, String description) {
    return meter.counterBuilder(name).setDescription(description).setUnit(unit).build();
  }

  /** The series of a version that was lent. */
  Series of(ModelVersionId version) {
    Series known = series.get(version);
    return known == null
        ? series.computeIfAbsent(version, id -> new Series(id.model(), Long.toString(id.version())))
        : known;
  }

  /**
   * The series of a model's calls that failed before a version was lent to them. Nothing is kept of
   * it: the version may be going at this moment.
   *
   * @param model one that there is
   */
  Series withoutLoan(String model, String version) {
    return new Series(model, version);
  }

  /** The series of all calls that named no model of ours. */
  Series unknown() {
    return unknown;
  }

  /** Forgets a version that is out of memory. */
  void forget(ModelVersionId version) {
    series.remove(version);
  }

  void lineDropped() {
    droppedLines.add(1);
  }

  /** What is measured of one version. Thread-safe. */
  final class Series {
    private final Attributes attributes;
    private final Map<String, Attributes> byReason = new ConcurrentHashMap<>();
    private final LongAdder pending = new LongAdder();

    private Series(String model, String version) {
      attributes = Attributes.of(MODEL, model, VERSION, version);
    }

    void waits() {
      pending.increment();
    }

    void waitsNoMore() {
      pending.decrement();
    }

    void queued(long nanos) {
      queueDuration.record(seconds(nanos), attributes);
    }

    /**
     * @param isExpired whether the run began after the caller's deadline
     */
    void executed(Execution run, boolean isExpired) {
      if (isExpired) {
        expiredRuns.add(1, attributes);
      }
      computeDuration.record(seconds(run.endNanos() - run.startNanos()), attributes);
      // Once for a run, however many requests took part in it.
      if (run.place() == 0) {
        batchSize.record(run.rows(), attributes);
      }
    }

    /**
     * @param reason one of a few constants; empty if the call did not fail
     */
    void ended(long nanos, String reason) {
      requests.add(1, attributes);
      requestDuration.record(seconds(nanos), attributes);
      if (!reason.isEmpty()) {
        failures.add(
            1,
            byReason.computeIfAbsent(
                reason, why -> attributes.toBuilder().put(REASON, why).build()));
      }
    }

    private void observe(ObservableLongMeasurement gauge) {
      gauge.record(pending.sum(), attributes);
    }
  }

  private static double seconds(long nanos) {
    return nanos / 1e9;
  }
}
