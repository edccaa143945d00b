package io.millrace.server.app;

import io.millrace.server.grpc.GrpcOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Whether operators may come through Envoy. On loopback only this machine reaches it. On any other
 * address it shuts out all, for to the server each caller of Envoy would come from this machine;
 * the server, which judges by what Envoy says of its callers, is the second lock.
 */
enum AdminDoors {
  OPEN,
  SHUT;

  /**
   * Orders by REST and by gRPC, in Millrace's family, in Triton's and in TensorFlow Serving's;
   * Envoy bounds each pattern.
   */
  private static final List<String> PATHS =
      List.of(
          "/v1/models/.*:(load|unload|reload|setLabel)/*",
          "/v2/repository/.*/(load|unload)/*",
          "/millrace[.]v1[.]ModelService/(Load|Unload|Reload)Model",
          "/millrace[.]v1[.]ModelService/SetLabel",
          "/inference[.]GRPCInferenceService/RepositoryModel(Load|Unload)",
          "/tensorflow[.]serving[.]ModelService/HandleReloadConfigRequest");

  private static final String WORDS =
      "models are not administered through this door: call the gRPC port on the server's own"
          + " machine, or start the server with --admin-from anywhere";

  static AdminDoors of(GrpcOptions options) throws UnknownHostException {
    boolean local = InetAddress.getByName(options.host()).isLoopbackAddress();
    return local || !options.security().isAdminLocal() ? OPEN : SHUT;
  }

  /** What Envoy's file gets, by the names of the marks. */
  Map<String, String> inserts() {
    return this == OPEN
        ? Map.of()
        : Map.of(
            "admin-doors",
            PATHS.stream().map(AdminDoors::refusal).collect(Collectors.joining("\n")));
  }

  private static String refusal(String path) {
    return "- { match: { safe_regex: { regex: %s } },".formatted(EnvoyBootstrap.quoted(path))
        + " direct_response: { status: 403, body: { inline_string: %s } },"
            .formatted(EnvoyBootstrap.quoted(WORDS))
        + " typed_per_filter_config: { envoy.filters.http.grpc_json_transcoder:"
        + " { \"@type\": type.googleapis.com/envoy.config.route.v3.FilterConfig,"
        + " disabled: true } } }";
  }
}
