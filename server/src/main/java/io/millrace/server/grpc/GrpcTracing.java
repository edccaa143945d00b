package io.millrace.server.grpc;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.millrace.server.model.CallObserver.Execution;
import io.millrace.server.model.ModelVersionId;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes one SERVER span of each call, with children for its wait and its run. Thread-safe.
 *
 * <p>Written by hand: OpenTelemetry's interceptor costs a call of a tiny model 40 % more CPU, also
 * where it is not sampled. Attributes of a method are built once, and nothing is built for a span
 * that does not record. The names are those of the conventions that tools know today, {@code
 * rpc.system}, {@code rpc.service}, {@code rpc.method}, {@code rpc.grpc.status_code}, and the
 * coming {@code rpc.system.name} and {@code rpc.response.status_code} where they do not clash.
 */
final class GrpcTracing {
  private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("rpc.system");
  private static final AttributeKey<String> SYSTEM_NAME = AttributeKey.stringKey("rpc.system.name");
  private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("rpc.service");
  private static final AttributeKey<String> METHOD = AttributeKey.stringKey("rpc.method");
  private static final AttributeKey<Long> STATUS = AttributeKey.longKey("rpc.grpc.status_code");
  private static final AttributeKey<String> STATUS_NAME =
      AttributeKey.stringKey("rpc.response.status_code");
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
  private static final AttributeKey<String> MODEL = AttributeKey.stringKey("model.name");
  private static final AttributeKey<String> VERSION = AttributeKey.stringKey("model.version");
  private static final AttributeKey<String> ENGINE = AttributeKey.stringKey("model.engine");
  private static final AttributeKey<Long> ROWS = AttributeKey.longKey("inference.rows");
  private static final AttributeKey<Long> BATCH = AttributeKey.longKey("inference.batch.rows");
  private static final AttributeKey<String> INSTANCE = AttributeKey.stringKey("inference.instance");

  private final Tracer tracer;
  private final TextMapPropagator propagator;
  private final List<Metadata.Key<String>> carriers;
  private final boolean isOff;
  private final CallSpan none = new CallSpan(Span.getInvalid(), 0, 0);
  private final Map<String, Attributes> methods = new ConcurrentHashMap<>();

  GrpcTracing(OpenTelemetry telemetry) {
    tracer = telemetry.getTracer("io.millrace.grpc");
    propagator = telemetry.getPropagators().getTextMapPropagator();
    carriers = propagator.fields().stream().map(Headers::key).toList();
    isOff = telemetry.getTracerProvider() == TracerProvider.noop();
  }

  /**
   * Begins the span of a call. The name is one of a few, not what a caller made up; the caller's
   * trace goes on in it.
   */
  CallSpan start(String fullMethodName, Metadata headers) {
    boolean isCarried = isCarried(headers);
    if (isOff && !isCarried) {
      return none;
    }
    return begin(
        fullMethodName,
        isCarried ? propagator.extract(Context.root(), headers, Headers.GETTER) : Context.root(),
        System.nanoTime());
  }

  private CallSpan begin(String fullMethodName, Context parent, long startNanos) {
    Instant now = Instant.now();
    long epochNanos =
        TimeUnit.SECONDS.toNanos(now.getEpochSecond())
            + now.getNano()
            - (System.nanoTime() - startNanos);
    Span span =
        tracer
            .spanBuilder(fullMethodName)
            .setParent(parent)
            .setSpanKind(SpanKind.SERVER)
            .setStartTimestamp(epochNanos, TimeUnit.NANOSECONDS)
            .startSpan();
    if (span.isRecording()) {
      span.setAllAttributes(methods.computeIfAbsent(fullMethodName, GrpcTracing::attributes));
    }
    return new CallSpan(span, epochNanos, startNanos);
  }

  /** Whether the caller's trace goes on here. */
  private boolean isCarried(Metadata headers) {
    for (Metadata.Key<String> carrier : carriers) {
      if (headers.containsKey(carrier)) {
        return true;
      }
    }
    return false;
  }

  private static Attributes attributes(String fullMethodName) {
    Attributes system = Attributes.of(SYSTEM, "grpc", SYSTEM_NAME, "grpc");
    String service = MethodDescriptor.extractFullServiceName(fullMethodName);
    String method = MethodDescriptor.extractBareMethodName(fullMethodName);
    return service == null || method == null
        ? system.toBuilder().put(METHOD, fullMethodName).build()
        : system.toBuilder().put(SERVICE, service).put(METHOD, method).build();
  }

  /** The span of one call. Its parts come from several threads, one after the other. */
  final class CallSpan {
    private final Span span;
    private final long epochNanos;
    private final long startNanos;

    CallSpan(Span span, long epochNanos, long startNanos) {
      this.span = span;
      this.epochNanos = epochNanos;
      this.startNanos = startNanos;
    }

    /** Empty if there is none. */
    String traceId() {
      return span.getSpanContext().isValid() ? span.getSpanContext().getTraceId() : "";
    }

    /** The span of one request of the stream that this is the span of, from when it came. */
    CallSpan ofRequest(String fullMethodName, long cameNanos) {
      return span.getSpanContext().isValid()
          ? begin(fullMethodName, Context.root().with(span), cameNanos)
          : none;
    }

    /** Adds a child for the wait in the queue. */
    void queued(ModelVersionId version, long from, long to) {
      if (span.isRecording()) {
        child("queue", Attributes.of(MODEL, version.model(), VERSION, number(version)), from, to);
      }
    }

    /** Adds a child for the run. */
    void executed(ModelVersionId version, String engine, long rows, Execution run) {
      if (span.isRecording()) {
        Attributes attributes =
            Attributes.builder()
                .put(MODEL, version.model())
                .put(VERSION, number(version))
                .put(ENGINE, engine)
                .put(ROWS, rows)
                .put(BATCH, run.rows())
                .put(INSTANCE, run.instance())
                .build();
        child("execute", attributes, run.startNanos(), run.endNanos());
      }
    }

    private void child(String name, Attributes attributes, long from, long to) {
      tracer
          .spanBuilder(name)
          .setParent(Context.root().with(span))
          .setStartTimestamp(epoch(from), TimeUnit.NANOSECONDS)
          .setAllAttributes(attributes)
          .startSpan()
          .end(epoch(to), TimeUnit.NANOSECONDS);
    }

    void end(CallSummary call) {
      if (!span.isRecording()) {
        return;
      }
      Status.Code code = call.code();
      span.setAttribute(STATUS, (long) code.value());
      span.setAttribute(STATUS_NAME, code.name());
      setUnlessEmpty(MODEL, call.modelName());
      setUnlessEmpty(VERSION, call.versionName());
      setUnlessEmpty(ERROR, call.reason());
      if (isServersFault(code)) {
        span.setStatus(StatusCode.ERROR);
      }
      span.end(epoch(System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private void setUnlessEmpty(AttributeKey<String> key, String value) {
      if (!value.isEmpty()) {
        span.setAttribute(key, value);
      }
    }

    private long epoch(long nanos) {
      return epochNanos + (nanos - startNanos);
    }
  }

  private static String number(ModelVersionId version) {
    return Long.toString(version.version());
  }

  /** By the conventions, what a caller did wrong is no error of the server's span. */
  private static boolean isServersFault(Status.Code code) {
    return switch (code) {
      case UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS -> true;
      default -> false;
    };
  }

  /** Reads a trace's context from the headers of a call. */
  private enum Headers implements TextMapGetter<Metadata> {
    GETTER;

    static Metadata.Key<String> key(String name) {
      return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    @Override
    public Iterable<String> keys(Metadata headers) {
      return headers.keys();
    }

    @Override
    public @Nullable String get(@Nullable Metadata headers, String name) {
      return headers == null ? null : headers.get(key(name));
    }
  }
}
