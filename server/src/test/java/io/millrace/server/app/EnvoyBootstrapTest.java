package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.config.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
