package io.millrace.server.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Results as JSON for programs. benchmarks/README.md describes the fields. */
final class ResultJson {
  private static final JsonFactory JSON = new JsonFactory();

  private ResultJson() {}

  static String of(String version, Target target, BenchPlan plan, List<LoadResult> results) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text).useDefaultPrettyPrinter()) {
      json.writeStartObject();
      json.writeStringField("millrace", version);
      head(json, target);
      head(json, plan);
      json.writeArrayFieldStart("results");
      for (LoadResult result : results) {
        result(json, result);
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.append('\n').toString();
  }

  private static void head(JsonGenerator json, Target target) throws IOException {
    json.writeStringField("model", target.model());
    if (target.version() != 0) {
      json.writeNumberField("version", target.version());
    }
    json.writeStringField("protocol", target.protocol().spelling());
    json.writeStringField("server", target.address());
    json.writeNumberField("connections", target.connections());
    json.writeNumberField("deadline_s", target.deadline().toMillis() / 1e3);
  }

  private static void head(JsonGenerator json, BenchPlan plan) throws IOException {
    json.writeNumberField("warm_up_s", plan.warmUp().toMillis() / 1e3);
    json.writeNumberField("duration_s", plan.limit().duration().toMillis() / 1e3);
    if (plan.limit().isOfRequests()) {
      json.writeNumberField("requests", plan.limit().requests());
    }
    json.writeNumberField("seed", plan.seed());
  }

  private static void result(JsonGenerator json, LoadResult result) throws IOException {
    json.writeStartObject();
    if (result.load() instanceof OpenLoop open) {
      json.writeNumberField("rate", open.rate());
      json.writeStringField("arrivals", open.arrivals().spelling());
    } else {
      json.writeNumberField("concurrency", ((ClosedLoop) result.load()).concurrency());
    }
    json.writeNumberField("elapsed_s", result.elapsedNanos() / 1e9);
    json.writeNumberField("rows_per_request", result.rowsPerRequest());
    json.writeNumberField("requests_per_s", result.requestsPerSecond());
    json.writeNumberField("rows_per_s", result.rowsPerSecond());
    json.writeNumberField("answered", result.answered());
    json.writeNumberField("failed", result.failed());
    if (result.answered() > 0) {
      latencies(json, "latency_ms", result.latencies());
    }
    if (result.load() instanceof OpenLoop) {
      latencies(json, "send_lag_ms", result.lags());
    }
    failures(json, result.failures());
    json.writeEndObject();
  }

  private static void latencies(JsonGenerator json, String name, Histogram times)
      throws IOException {
    json.writeObjectFieldStart(name);
    for (double percentile : new double[] {50, 90, 99, 99.9}) {
      String key = "p" + (percentile == 99.9 ? "99.9" : String.valueOf((int) percentile));
      json.writeNumberField(key, millis((double) times.getValueAtPercentile(percentile)));
    }
    json.writeNumberField("max", millis((double) times.getMaxValue()));
    json.writeNumberField("mean", millis(times.getMean()));
    json.writeEndObject();
  }

  /** To a microsecond: the histogram has three digits. */
  private static double millis(double nanos) {
    return Math.rint(nanos / 1e3) / 1e3;
  }

  private static void failures(JsonGenerator json, Map<String, Long> failures) throws IOException {
    json.writeObjectFieldStart("failures");
    for (Map.Entry<String, Long> failure : failures.entrySet()) {
      json.writeNumberField(failure.getKey(), failure.getValue());
    }
    json.writeEndObject();
  }
}
