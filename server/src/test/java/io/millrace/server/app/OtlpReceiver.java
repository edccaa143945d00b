package io.millrace.server.app;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What a collector is to the server: it takes traces and metrics by both of OTLP's protocols and
 * keeps them.
 */
final class OtlpReceiver implements AutoCloseable {
  final List<Received> spans = new CopyOnWriteArrayList<>();
  final List<String> metrics = new CopyOnWriteArrayList<>();

  /** The header {@code authorization} of each request; empty where there was none. */
  final List<String> authorizations = new CopyOnWriteArrayList<>();

  private final Server grpc;
  private final HttpServer http;

  OtlpReceiver() throws IOException {
    InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    grpc =
        NettyServerBuilder.forAddress(free)
            .addService(new Traces())
            .addService(new Metrics())
            .intercept(new Authorizations())
            .build()
            .start();
    http = HttpServer.create(free, 0);
    http.createContext("/v1/traces", this::takeTraces);
    http.createContext("/v1/metrics", this::takeMetrics);
    http.start();
  }

  /**
   * Where it listens.
   *
   * @param protocol in the words of {@code OTEL_EXPORTER_OTLP_PROTOCOL}
   */
  String endpoint(String protocol) {
    int port = protocol.equals("grpc") ? grpc.getPort() : http.getAddress().getPort();
    return "http://127.0.0.1:" + port;
  }

  String endpoint() {
    return endpoint("grpc");
  }

  List<Received> ofTrace(String traceId) {
    return spans.stream().filter(span -> span.traceId().equals(traceId)).toList();
  }

  @Override
  public void close() {
    grpc.shutdownNow();
    http.stop(0);
  }

  private void take(ExportTraceServiceRequest request) {
    for (ResourceSpans from : request.getResourceSpansList()) {
      String service = service(from.getResource());
      from.getScopeSpansList().stream()
          .flatMap(scope -> scope.getSpansList().stream())
          .forEach(span -> spans.add(new Received(service, span)));
    }
  }

  private static String service(Resource resource) {
    return resource.getAttributesList().stream()
        .filter(attribute -> attribute.getKey().equals("service.name"))
        .map(KeyValue::getValue)
        .map(value -> value.getStringValue())
        .findFirst()
        .orElse("");
  }

  private void take(ExportMetricsServiceRequest request) {
    request.getResourceMetricsList().stream()
        .flatMap(resource -> resource.getScopeMetricsList().stream())
        .flatMap(scope -> scope.getMetricsList().stream())
        .forEach(metric -> metrics.add(metric.getName()));
  }

  private void takeTraces(HttpExchange exchange) throws IOException {
    take(ExportTraceServiceRequest.parseFrom(exchange.getRequestBody()));
    answer(exchange, ExportTraceServiceResponse.getDefaultInstance());
  }

  private void takeMetrics(HttpExchange exchange) throws IOException {
    take(ExportMetricsServiceRequest.parseFrom(exchange.getRequestBody()));
    answer(exchange, ExportMetricsServiceResponse.getDefaultInstance());
  }

  private void answer(HttpExchange exchange, MessageLite message) throws IOException {
    try (exchange) {
      authorized(exchange.getRequestHeaders().getFirst("Authorization"));
      exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
      exchange.sendResponseHeaders(200, -1);
      message.writeTo(exchange.getResponseBody());
    }
  }

  private void authorized(String header) {
    authorizations.add(Objects.requireNonNullElse(header, ""));
  }

  /** A span, and the name of the process that made it. */
  record Received(String service, Span span) {
    String name() {
      return span.getName();
    }

    String traceId() {
      return hex(span.getTraceId());
    }

    String spanId() {
      return hex(span.getSpanId());
    }

    String parentId() {
      return hex(span.getParentSpanId());
    }

    private static String hex(ByteString id) {
      return HexFormat.of().formatHex(id.toByteArray());
    }
  }

  private final class Traces extends TraceServiceGrpc.TraceServiceImplBase {
    @Override
    public void export(
        ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> observer) {
      take(request);
      observer.onNext(ExportTraceServiceResponse.getDefaultInstance());
      observer.onCompleted();
    }
  }

  private final class Metrics extends MetricsServiceGrpc.MetricsServiceImplBase {
    @Override
    public void export(
        ExportMetricsServiceRequest request,
        StreamObserver<ExportMetricsServiceResponse> observer) {
      take(request);
      observer.onNext(ExportMetricsServiceResponse.getDefaultInstance());
      observer.onCompleted();
    }
  }

  private final class Authorizations implements ServerInterceptor {
    @Override
    public <Q, P> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
      authorized(headers.get(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER)));
      return next.startCall(call, headers);
    }
  }
}
