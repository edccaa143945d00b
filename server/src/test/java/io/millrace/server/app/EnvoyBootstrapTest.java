package io.millrace.server.app;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.config.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

final class EnvoyBootstrapTest {
  private static final Path ENVOY = Path.of("../envoy");
  private static final EnvoyBootstrap BOOTSTRAP =
      new EnvoyBootstrap(
          "::1",
          1234,
          "127.0.0.9",
          5678,
          DataSize.ofMebibytes(3),
          AdminDoors.OPEN,
          Optional.empty());

  private static String laptop() throws IOException {
    return Files.readString(ENVOY.resolve("envoy.yaml"));
  }

  private static String fill(String file) {
    return BOOTSTRAP.fill(file, Path.of("/run/a \"b\"/admin"), Path.of("/home/millrace.pb"));
  }

  @Test
  void theFile_getsEachValueOnItsLine() throws IOException {
    assertThat(fill(laptop()).lines().map(line -> line.strip().replaceFirst(" +# serve.*", "")))
        .contains(
            "address: \"::1\"",
            "port_value: 1234",
            "address: \"127.0.0.9\"",
            "port_value: 5678",
            "path: \"/run/a \\\"b\\\"/admin\"",
            "proto_descriptor: \"/home/millrace.pb\"",
            "max_request_bytes: 3145728",
            "max_request_body_size: 3211264",
            "max_response_body_size: 6291456",
            "error: \"the request is above the limit of 3MiB (--max-message-size)\"");
  }

  @Test
  void everythingElse_staysAsItIs() throws IOException {
    List<String> before = laptop().lines().filter(line -> !line.contains("# serve:")).toList();
    List<String> after = fill(laptop()).lines().filter(line -> !line.contains("# serve:")).toList();

    assertThat(after).isEqualTo(before);
  }

  /** Routes under /v2 have a transcoder of their own, and it must not be laxer in anything else. */
  @Test
  void theTwoTranscoders_differInWhatTheyDoWithUnknownNamesInAQuery_andInNothingElse()
      throws IOException {
    List<Map<Object, Object>> transcoders = new ArrayList<>();
    Load load = new Load(LoadSettings.builder().setMaxAliasesForCollections(1_000).build());
    collectTranscoders(requireNonNull(load.loadFromString(fill(laptop()))), transcoders);

    assertThat(transcoders)
        .extracting(transcoder -> transcoder.remove("ignore_unknown_query_parameters"))
        .containsExactlyInAnyOrder(true, null);
    assertThat(transcoders)
        .extracting(transcoder -> String.valueOf(transcoder.remove("request_validation_options")))
        .anyMatch(options -> options.contains("reject_unknown_query_parameters=true"))
        .allMatch(options -> options.contains("reject_unknown_method=true"))
        .allMatch(options -> options.contains("reject_binding_body_field_collisions=true"));
    assertThat(transcoders).hasSize(2);
    assertThat(transcoders.get(0)).isEqualTo(transcoders.get(1)).hasSizeGreaterThan(7);
  }

  private static void collectTranscoders(Object part, List<Map<Object, Object>> into) {
    if (part instanceof List<?> parts) {
      parts.forEach(inner -> collectTranscoders(inner, into));
    } else if (part instanceof Map<?, ?> fields) {
      // What an alias names twice is one.
      if (String.valueOf(fields.get("@type")).endsWith(".GrpcJsonTranscoder")
          && into.stream().noneMatch(fields::equals)) {
        into.add(new LinkedHashMap<>(fields));
      }
      fields.values().forEach(inner -> collectTranscoders(inner, into));
    }
  }

  @Test
  void aMarkThatIsMissingOrUnknown_isRefused() throws IOException {
    String file = laptop();

    assertThatThrownBy(() -> fill(file.replace("# serve: grpc-port", "")))
        .hasMessageContaining("grpc-port");
    assertThatThrownBy(() -> fill(file.replace("# serve: grpc-port", "# serve: grpc-prot")))
        .hasMessageContaining("grpc-prot");
  }

  @Test
  void whereOthersReachIt_operatorsAreShutOut() throws IOException {
    EnvoyBootstrap shut =
        new EnvoyBootstrap(
            "0.0.0.0",
            1234,
            "127.0.0.1",
            5678,
            DataSize.ofMebibytes(3),
            AdminDoors.SHUT,
            Optional.empty());

    assertThat(shut.fill(laptop(), Path.of("admin"), Path.of("millrace.pb")).lines())
        .anySatisfy(line -> assertThat(line).contains("setLabel)/*", "status: 403"))
        .anySatisfy(line -> assertThat(line).contains("HandleReloadConfigRequest", "status: 403"));
    assertThat(fill(laptop())).doesNotContain("status: 403, body");
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1, 127.0.0.1",
    "0.0.0.0, 0.0.0.0, 127.0.0.1",
    "::, 0:0:0:0:0:0:0:0, ::1",
    "localhost, 127.0.0.1, 127.0.0.1",
    "127.0.0.7, 127.0.0.7, 127.0.0.7"
  })
  void hosts_becomeAddresses(String host, String listen, String connect) throws IOException {
    assertThat(EnvoyBootstrap.numeric(host)).isEqualTo(listen);
    assertThat(EnvoyBootstrap.connectable(host)).isEqualTo(connect);
  }

  /** The two files are kept by hand; what protects callers must not drift apart. */
  @ParameterizedTest
  @CsvSource({
    "normalize_path:, local_reply_config:",
    "local_reply_config:, route_config:",
    "routes:, # Native gRPC",
    "http_filters:, clusters:"
  })
  void bothFiles_guardAlike(String from, String to) throws IOException {
    String several = Files.readString(ENVOY.resolve("several.yaml"));

    assertThat(part(several, from, to)).isNotEmpty().isEqualTo(part(laptop(), from, to));
  }

  private static List<String> part(String file, String from, String to) {
    int begin = file.indexOf(from);
    return file.substring(begin, file.indexOf(to, begin))
        .lines()
        .map(line -> line.replaceFirst("\\s+# serve: \\S+$", "").strip())
        .filter(line -> !line.startsWith("#") && !line.isEmpty())
        // What is kept for a retry protects nobody; it pays where another server can take the call.
        .filter(line -> !line.startsWith("request_body_buffer_limit:"))
        .toList();
  }
}
