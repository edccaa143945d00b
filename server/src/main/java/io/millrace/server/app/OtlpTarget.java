package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.URLDecoder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where spans go by OTLP, read from the standard variables as the server's OpenTelemetry SDK reads
 * them. The SDK has refused what makes no sense by the time this is used. Immutable.
 *
 * @param endpoint with the path for {@code http/protobuf}
 * @param overHttp by {@code http/protobuf}, else by {@code grpc}
 * @param headers that each export carries, such as a key
 * @param certificate the file of those who vouch for the receiver; else the system's
 */
record OtlpTarget(
    URI endpoint, boolean overHttp, Map<String, String> headers, Optional<String> certificate) {

  /** Nothing unless spans are exported by OTLP, to an endpoint that is named or by wish. */
  static Optional<OtlpTarget> from(Map<String, String> environment) {
    Variables variables = new Variables(environment);
    String exporters = variables.get("OTEL_TRACES_EXPORTER", "");
    String own = variables.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "");
    String shared = variables.get("OTEL_EXPORTER_OTLP_ENDPOINT", "");
    boolean wanted = exporters.isEmpty() ? !(own + shared).isEmpty() : exporters.contains("otlp");
    if (!wanted || variables.get("OTEL_SDK_DISABLED", "false").equalsIgnoreCase("true")) {
      return Optional.empty();
    }
    boolean overHttp = !variables.ofTraces("PROTOCOL").orElse("grpc").equals("grpc");
    return Optional.of(
        new OtlpTarget(
            URI.create(own.isEmpty() ? sharedEndpoint(shared, overHttp) : own),
            overHttp,
            headers(variables.ofTraces("HEADERS").orElse("")),
            variables.ofTraces("CERTIFICATE")));
  }

  private static String sharedEndpoint(String named, boolean overHttp) {
    if (!overHttp) {
      return named.isEmpty() ? "http://localhost:4317" : named;
    }
    String base = named.isEmpty() ? "http://localhost:4318" : named;
    return base + (base.endsWith("/") ? "" : "/") + "v1/traces";
  }

  /** {@code name=value,name=value}, with the values encoded as in URLs. */
  private static Map<String, String> headers(String text) {
    Map<String, String> headers = new LinkedHashMap<>();
    Arrays.stream(text.split(",", -1))
        .map(pair -> pair.split("=", 2))
        .filter(pair -> pair.length == 2)
        .forEach(pair -> headers.put(pair[0].strip(), URLDecoder.decode(pair[1].strip(), UTF_8)));
    return headers;
  }

  String host() {
    @Nullable String host = endpoint.getHost();
    return host == null ? "localhost" : host.replaceAll("[\\[\\]]", "");
  }

  int port() {
    if (endpoint.getPort() >= 0) {
      return endpoint.getPort();
    }
    return isSecure() ? 443 : 80;
  }

  boolean isSecure() {
    return "https".equals(endpoint.getScheme());
  }

  /** An empty variable counts as unset. */
  private record Variables(Map<String, String> environment) {
    String get(String name, String otherwise) {
      String value = environment.getOrDefault(name, "");
      return value.isEmpty() ? otherwise : value;
    }

    /** The setting of traces, else that of all signals. */
    Optional<String> ofTraces(String name) {
      String shared = get("OTEL_EXPORTER_OTLP_" + name, "");
      return Optional.of(get("OTEL_EXPORTER_OTLP_TRACES_" + name, shared))
          .filter(value -> !value.isEmpty());
    }
  }
}
