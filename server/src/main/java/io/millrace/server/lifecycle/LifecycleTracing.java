package io.millrace.server.lifecycle;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.time.Instant;

/**
 * Makes a trace of each load, with the wait for a thread and the load itself, once it has ended:
 * the timeline has all the times. Confined to the lifecycle thread.
 */
final class LifecycleTracing implements VersionListener {
  private static final AttributeKey<String> MODEL = AttributeKey.stringKey("model.name");
  private static final AttributeKey<String> VERSION = AttributeKey.stringKey("model.version");
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

  private final Tracer tracer;

  LifecycleTracing(OpenTelemetry telemetry) {
    tracer = telemetry.getTracer("io.millrace.lifecycle");
  }

  @Override
  public void onVersionChanged(VersionStatus status) {
    LoadTimes.of(status).ifPresent(times -> trace(status, times));
  }

  private void trace(VersionStatus status, LoadTimes times) {
    Span whole =
        tracer
            .spanBuilder("load model")
            .setNoParent()
            .setStartTimestamp(times.wanted())
            .setAttribute(MODEL, status.id().model())
            .setAttribute(VERSION, Long.toString(status.id().version()))
            .startSpan();
    if (!whole.isRecording()) {
      return;
    }
    status
        .problem()
        .ifPresent(
            problem -> {
              whole.setAttribute(ERROR, problem.reason().name());
              whole.setStatus(StatusCode.ERROR, problem.getMessage());
            });
    Context context = Context.root().with(whole);
    phase("wait", context, times.wanted(), times.began());
    phase("load and warm up", context, times.began(), times.ended());
    whole.end(times.ended());
  }

  private void phase(String name, Context parent, Instant from, Instant to) {
    tracer.spanBuilder(name).setParent(parent).setStartTimestamp(from).startSpan().end(to);
  }

  @Override
  public void onReadinessChanged(boolean ready) {}
}
