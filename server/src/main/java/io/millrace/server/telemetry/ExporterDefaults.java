package io.millrace.server.telemetry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What the SDK does if nobody says: export nothing, unless there is an endpoint to export to. The
 * library's own default would log failed connections every few seconds on a laptop. Pure.
 */
final class ExporterDefaults {
  /** A span leaves within this time, so that a trace is complete within a second. */
  private static final String SPAN_DELAY_MILLIS = "200";

  private ExporterDefaults() {}

  /**
   * The defaults beneath the standard variables and system properties.
   *
   * @param setting the value of a setting by its name as a property, {@code otel.x.y}; empty if
   *     unset
   */
  static Map<String, String> of(UnaryOperator<String> setting) {
    Map<String, String> defaults = new HashMap<>();
    defaults.put("otel.service.name", "millrace");
    defaults.put("otel.traces.exporter", exporter("traces", setting));
    defaults.put("otel.metrics.exporter", exporter("metrics", setting));
    defaults.put("otel.logs.exporter", "none");
    defaults.put("otel.bsp.schedule.delay", SPAN_DELAY_MILLIS);
    return defaults;
  }

  private static String exporter(String signal, UnaryOperator<String> setting) {
    boolean named =
        !setting.apply("otel.exporter.otlp.endpoint").isEmpty()
            || !setting.apply("otel.exporter.otlp.%s.endpoint".formatted(signal)).isEmpty();
    return named ? "otlp" : "none";
  }

  /**
   * The exporters of metrics without {@code prometheus}: the server has a port of its own for it,
   * and the library would open a second one.
   */
  static String withoutPrometheus(List<String> exporters) {
    List<String> others = new ArrayList<>(exporters);
    others.remove("prometheus");
    return others.isEmpty() ? "none" : String.join(",", others);
  }
}
