package io.millrace.server.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Envoy's own tracer, told what the server's OpenTelemetry SDK reads from the standard variables,
 * so that a call by REST is one trace across both. Immutable.
 *
 * @param parentBased whether a caller who carries a trace decides
 * @param ratio the share of the other calls, 0 to 1
 */
record EnvoyTracing(OtlpTarget target, boolean parentBased, double ratio, String service) {
  private static final int MILLION = 1_000_000;
  private static final String PACKAGE = "type.googleapis.com/envoy.";
  private static final String SAMPLERS = PACKAGE + "extensions.tracers.opentelemetry.samplers.v3.";

  /** Where systems keep the certificates of those whom they trust; Envoy has none of its own. */
  private static final List<String> CERTIFICATES =
      List.of(
          "/etc/ssl/certs/ca-certificates.crt",
          "/etc/pki/tls/certs/ca-bundle.crt",
          "/etc/ssl/cert.pem");

  /** Nothing unless spans are exported by OTLP. */
  static Optional<EnvoyTracing> from(Map<String, String> environment) {
    String sampler = value(environment, "OTEL_TRACES_SAMPLER", "parentbased_always_on");
    return OtlpTarget.from(environment)
        .map(
            target ->
                new EnvoyTracing(
                    target,
                    sampler.startsWith("parentbased"),
                    ratio(sampler, value(environment, "OTEL_TRACES_SAMPLER_ARG", "1")),
                    value(environment, "OTEL_SERVICE_NAME", "millrace") + "-envoy"));
  }

  private static String value(Map<String, String> environment, String name, String otherwise) {
    String value = environment.getOrDefault(name, "");
    return value.isEmpty() ? otherwise : value;
  }

  private static double ratio(String sampler, String argument) {
    if (sampler.endsWith("always_off")) {
      return 0;
    }
    return sampler.endsWith("traceidratio")
        ? Math.max(0, Math.min(1, Double.parseDouble(argument)))
        : 1;
  }

  /** Envoy and the SDK draw lots by different rules, so they would trace different calls. */
  boolean tearsTraces() {
    return !parentBased && ratio > 0 && ratio < 1;
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
            + EnvoyBootstrap.quoted(target.host())
            + ", port_value: "
            + target.port()
            + " } } } } ] } ] },"
            // One that hangs must not take the file descriptors that calls need, often 1,024 in
            // all.
            + " circuit_breakers: { thresholds: [ { max_connections: 128 } ] }"
            + (target.overHttp() ? "" : http2())
            + (target.isSecure() ? tls() : "")
            + " }");
  }

  private String exporter() {
    return target.overHttp()
        ? "http_service: { http_uri: { uri: "
            + EnvoyBootstrap.quoted(target.endpoint().toString())
            + ", cluster: otlp, timeout: 2s }, request_headers_to_add: [ "
            + headers("{ header: %s }")
            + " ] }"
        : "grpc_service: { envoy_grpc: { cluster_name: otlp }, timeout: 2s, initial_metadata: [ "
            + headers("%s")
            + " ] }";
  }

  /** Envoy would take a single percent sign for the beginning of a variable. */
  private String headers(String form) {
    return target.headers().entrySet().stream()
        .map(
            header ->
                "{ key: %s, value: %s }"
                    .formatted(
                        EnvoyBootstrap.quoted(header.getKey()),
                        EnvoyBootstrap.quoted(header.getValue().replace("%", "%%"))))
        .map(form::formatted)
        .collect(Collectors.joining(", "));
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

  /** With the certificate checked: keys may be on their way. */
  private String tls() {
    String trusted =
        target
            .certificate()
            .or(() -> CERTIFICATES.stream().filter(f -> Files.exists(Path.of(f))).findFirst())
            .orElse(CERTIFICATES.get(0));
    return ", transport_socket: { name: envoy.transport_sockets.tls, typed_config: { "
        + type(PACKAGE + "extensions.transport_sockets.tls.v3.UpstreamTlsContext")
        + ", sni: "
        + EnvoyBootstrap.quoted(target.host())
        + ", auto_sni_san_validation: true, common_tls_context: { validation_context: {"
        + " trusted_ca: { filename: "
        + EnvoyBootstrap.quoted(trusted)
        + " } } } } }";
  }

  private static String type(String name) {
    return "\"@type\": " + name;
  }
}
