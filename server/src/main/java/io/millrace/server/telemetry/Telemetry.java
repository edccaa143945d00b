package io.millrace.server.telemetry;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.exporter.prometheus.PrometheusMetricReader;
import io.opentelemetry.instrumentation.runtimetelemetry.RuntimeTelemetry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.resources.Resource;
import io.prometheus.metrics.exporter.httpserver.MetricsHandler;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the server tells about itself: the OpenTelemetry SDK, configured by the standard variables
 * {@code OTEL_*}, and the port for monitoring. Thread-safe. Close it last, since all other rooms
 * report to it.
 */
public final class Telemetry implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Telemetry.class);

  /** What a receiver gets to take the last spans; a stop must not wait for a dead one. */
  private static final long FLUSH_SECONDS = 5;

  private final OpenTelemetrySdk sdk;
  private final boolean traces;
  private final RuntimeTelemetry jvm;
  private final MonitoringServer monitoring;
  private volatile BooleanSupplier ready = () -> false;

  private Telemetry(
      OpenTelemetrySdk sdk, boolean traces, MetricsHandler metrics, TelemetryOptions options)
      throws IOException {
    this.sdk = sdk;
    this.traces = traces;
    this.monitoring = MonitoringServer.start(options, metrics, () -> ready.getAsBoolean());
    this.jvm = RuntimeTelemetry.create(sdk);
    ProcessMetrics.addTo(sdk);
  }

  /**
   * Starts the SDK and opens the port for monitoring, which says that the server is not ready until
   * {@link #readyWhen} told it how to find out.
   *
   * @throws IOException if the port cannot be opened or a variable makes no sense; the message is
   *     for the operator
   */
  public static Telemetry start(TelemetryOptions options) throws IOException {
    PrometheusMetricReader reader =
        PrometheusMetricReader.builder().setOtelScopeLabelsEnabled(false).build();
    AtomicBoolean traces = new AtomicBoolean();
    OpenTelemetrySdk sdk = sdk(options, reader, traces);
    PrometheusRegistry registry = new PrometheusRegistry();
    registry.register(reader);
    try {
      return new Telemetry(sdk, traces.get(), new MetricsHandler(registry), options);
    } catch (IOException | RuntimeException e) {
      sdk.close();
      throw e;
    }
  }

  private static OpenTelemetrySdk sdk(
      TelemetryOptions options, PrometheusMetricReader reader, AtomicBoolean traces)
      throws IOException {
    try {
      return AutoConfiguredOpenTelemetrySdk.builder()
          .addPropertiesSupplier(() -> ExporterDefaults.of(Telemetry::setting))
          .addPropertiesCustomizer(Telemetry::ownPrometheusPort)
          .addResourceCustomizer((resource, config) -> resource.merge(version(options)))
          .addTracerProviderCustomizer(
              (tracers, config) -> {
                traces.set(exportsTraces(config));
                return tracers;
              })
          .addMeterProviderCustomizer((meters, config) -> meters.registerMetricReader(reader))
          // Hooks run in no order; the server stops in order and then halts without them.
          .disableShutdownHook()
          .build()
          .getOpenTelemetrySdk();
    } catch (ConfigurationException e) {
      throw new IOException("a variable OTEL_* cannot be used: " + e.getMessage(), e);
    }
  }

  private static boolean exportsTraces(ConfigProperties config) {
    return !List.of("none").equals(config.getList("otel.traces.exporter"));
  }

  private static Resource version(TelemetryOptions options) {
    return Resource.builder().put("service.version", options.serviceVersion()).build();
  }

  private static Map<String, String> ownPrometheusPort(ConfigProperties config) {
    String exporter = "otel.metrics.exporter";
    return Map.of(exporter, ExporterDefaults.withoutPrometheus(config.getList(exporter)));
  }

  /** As the SDK reads it: the system property, else the variable. */
  private static String setting(String property) {
    String variable = property.toUpperCase(Locale.ROOT).replace('.', '_');
    return System.getProperty(property, System.getenv().getOrDefault(variable, ""));
  }

  /** Where rooms report to. */
  public OpenTelemetry openTelemetry() {
    return traces ? sdk : new WithoutTraces(sdk);
  }

  /**
   * Spans that nobody exports are not made: the SDK would record each one and then drop it. What a
   * caller sent of a trace is still read, so that the log names it.
   */
  private record WithoutTraces(OpenTelemetry sdk) implements OpenTelemetry {
    @Override
    public TracerProvider getTracerProvider() {
      return TracerProvider.noop();
    }

    @Override
    public MeterProvider getMeterProvider() {
      return sdk.getMeterProvider();
    }

    @Override
    public ContextPropagators getPropagators() {
      return sdk.getPropagators();
    }
  }

  /** The port that monitoring asks. */
  public int port() {
    return monitoring.port();
  }

  /** Makes {@code /readyz} answer by this. */
  public void readyWhen(BooleanSupplier condition) {
    ready = condition;
  }

  /** Sends what is left, for {@value #FLUSH_SECONDS} seconds at most, and closes the port. */
  @Override
  public void close() {
    // On a thread of its own: the SDK waits for the last export of metrics before it says so.
    boolean sent =
        CompletableFuture.supplyAsync(
                () -> sdk.shutdown().join(FLUSH_SECONDS, TimeUnit.SECONDS).isSuccess())
            .completeOnTimeout(false, FLUSH_SECONDS, TimeUnit.SECONDS)
            .join();
    if (!sent) {
      log.warn("the last traces or metrics could not be sent");
    }
    // Only now: the last export still reads it.
    jvm.close();
    monitoring.close();
  }
}
