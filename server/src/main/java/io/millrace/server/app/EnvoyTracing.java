package io.millrace.server.app;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's own tracer, told what the server's OpenTelemetry SDK reads from the standard variables,
 * so that a call by REST is one trace across both. Immutable.
 *
 * @param endpoint where spans go, with the path for {@code http/protobuf}
 * @param overHttp by {@code http/protobuf}, else by {@code grpc}
 * @param parentBased whether a caller who carries a trace decides
 * @param ratio the share of the other calls, 0 to 1
 */
record EnvoyTracing(
    URI endpoint, boolean overHttp, boolean parentBased, double ratio, String service) {
  private static final int MILLION = 1_000_000;
  private static final String PACKAGE = "type.googleapis.com/envoy.";
  private static final String SAMPLERS = PACKAGE + "extensions.tracers.opentelemetry.samplers.v3.";

  /** Nothing unless spans are exported by OTLP to an endpoint that is named. */
  static Optional<EnvoyTracing> from(Map<String, String> environment) {
    Variables variables = new Variables(environment);
    String own = variables.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "");
    String endpoint = variables.get("OTEL_EXPORTER_OTLP_ENDPOINT", own);
    if (endpoint.isEmpty()
        || variables.get("OTEL_SDK_DISABLED", "false").equalsIgnoreCase("true")
        || !variables.get("OTEL_TRACES_EXPORTER", "otlp").contains("otlp")) {
      return Optional.empty();
    }
    String protocol =
        variables.get(
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
            variables.get("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"));
    boolean overHttp = !protocol.equals("grpc");
    String sampler = variables.get("OTEL_TRACES_SAMPLER", "parentbased_always_on");
    return Optional.of(
        new EnvoyTracing(
            URI.create(own.isEmpty() && overHttp ? tracesPath(endpoint) : orElse(own, endpoint)),
            overHttp,
            sampler.startsWith("parentbased"),
            ratio(sampler, variables.get("OTEL_TRACES_SAMPLER_ARG", "1")),
            variables.get("OTEL_SERVICE_NAME", "millrace") + "-envoy"));
  }

  private static String orElse(String text, String other) {
    return text.isEmpty() ? other : text;
  }

  private static String tracesPath(String endpoint) {
    return endpoint + (endpoint.endsWith("/") ? "" : "/") + "v1/traces";
  }

  private static double ratio(String sampler, String argument) {
    if (sampler.endsWith("always_off")) {
      return 0;
    }
    return sampler.endsWith("traceidratio")
        ? Math.max(0, Math.min(1, Double.parseDouble(argument)))
        : 1;
  }

  /** An empty variable counts as unset. */
  private record Variables(Map<String, String> environment) {
    String get(String name, String otherwise) {
      return orElse(environment.getOrDefault(name, ""), otherwise);
    }
  }

  /** What goes into the marked places of the bootstrap, by their names; each is one line. */
  Map<String, String> inserts() {
    return Map.of(
        // By default spans wait for 5 s.
        "runtime",
        "layered_runtime: { layers: [ { name: tracing, static_layer: {"
            + " tracing.opentelemetry.flush_interval_ms: 200,"
            + " tracing.opentelemetry.min_flush_spans: 1 } } ] }",
        // 100 % and a sampler: a lower share would clear the flag of callers who sampled.
        "tracing",
        "tracing: { random_sampling: { value: 100 }, provider: {"
            + " name: envoy.tracers.opentelemetry, typed_config: { "
            + type(PACKAGE + "config.trace.v3.OpenTelemetryConfig")
            + ", service_name: "
            + EnvoyBootstrap.quoted(service)
            + ", "
            + exporter()
            + ", sampler: "
            + sampler()
            + " } } }",
        "tracing-cluster",
        "- { name: otlp, type: LOGICAL_DNS, dns_lookup_family: ALL, connect_timeout: 1s,"
            + " load_assignment: { cluster_name: otlp, endpoints: [ { lb_endpoints: [ {"
            + " endpoint: { address: { socket_address: { address: "
            + EnvoyBootstrap.quoted(host())
            + ", port_value: "
            + port()
            + " } } } } ] } ] }"
            + (overHttp ? "" : http2())
            + (isSecure() ? tls() : "")
            + " }");
  }

  private String exporter() {
    return overHttp
        ? "http_service: { http_uri: { uri: "
            + EnvoyBootstrap.quoted(endpoint.toString())
            + ", cluster: otlp, timeout: 2s } }"
        : "grpc_service: { envoy_grpc: { cluster_name: otlp }, timeout: 2s }";
  }

  private String sampler() {
    String share =
        "{ name: envoy.tracers.opentelemetry.samplers.trace_id_ratio_based, typed_config: { "
            + type(SAMPLERS + "TraceIdRatioBasedSamplerConfig")
            + ", sampling_percentage: { numerator: "
            + Math.round(ratio * MILLION)
            + ", denominator: MILLION } } }";
    return parentBased
        ? "{ name: envoy.tracers.opentelemetry.samplers.parent_based, typed_config: { "
            + type(SAMPLERS + "ParentBasedSamplerConfig")
            + ", wrapped_sampler: "
            + share
            + " } }"
        : share;
  }

  private static String http2() {
    return ", typed_extension_protocol_options: {"
        + " envoy.extensions.upstreams.http.v3.HttpProtocolOptions: { "
        + type(PACKAGE + "extensions.upstreams.http.v3.HttpProtocolOptions")
        + ", explicit_http_config: { http2_protocol_options: {} } } }";
  }

  private String tls() {
    return ", transport_socket: { name: envoy.transport_sockets.tls, typed_config: { "
        + type(PACKAGE + "extensions.transport_sockets.tls.v3.UpstreamTlsContext")
        + ", sni: "
        + EnvoyBootstrap.quoted(host())
        + " } }";
  }

  private static String type(String name) {
    return "\"@type\": " + name;
  }

  private boolean isSecure() {
    return "https".equals(endpoint.getScheme());
  }

  private String host() {
    @Nullable String host = endpoint.getHost();
    return host == null ? "localhost" : host.replaceAll("[\\[\\]]", "");
  }

  private int port() {
    if (endpoint.getPort() >= 0) {
      return endpoint.getPort();
    }
    return isSecure() ? 443 : 80;
  }
}
