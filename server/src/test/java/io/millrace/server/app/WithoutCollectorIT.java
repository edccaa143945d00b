package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged server where nobody takes its traces: because none is asked to, or none answers. */
final class WithoutCollectorIT {
  private static final int CALLS = 100;

  @TempDir private Path temp;
  private Path repository;

  @BeforeEach
  void prepare() {
    repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
  }

  /** What is not loaded opens no connection. */
  @Test
  void byDefault_whatCouldExportIsNotEvenLoaded() throws IOException {
    Path classes = temp.resolve("classes");
    Map<String, String> options = Map.of("MILLRACE_JAVA_OPTS", "-Xlog:class+load:file=" + classes);
    try (RunningServer server = RunningServer.launch(options, repository).awaitReady()) {
      var unused = Calls.predict(server.channel(), Calls.whichVersion("tiny"));
      server.terminate();
      assertThat(server.awaitExit()).isZero();
    }
    assertThat(Files.readString(classes))
        .contains("io.millrace.server.telemetry.Telemetry ")
        .doesNotContain("okhttp3.", "OtlpGrpcSpanExporter ", "BatchSpanProcessor ");
  }

  @Test
  void aCollectorThatNeverAnswers_costsNoCall() throws IOException {
    // Connections are taken by the system, and nobody reads from them.
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      serve("http://127.0.0.1:" + silent.getLocalPort(), "http/protobuf");
    }
  }

  @Test
  void aCollectorThatIsNotThere_costsNoCall() throws IOException {
    int free;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = closed.getLocalPort();
    }
    serve("http://127.0.0.1:" + free, "grpc");
  }

  /** Each call is answered, the stop is in order, and the log stays short and in its format. */
  private void serve(String endpoint, String protocol) {
    Map<String, String> environment =
        Map.of(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            endpoint,
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            protocol,
            "OTEL_EXPORTER_OTLP_TIMEOUT",
            "200",
            "OTEL_BSP_MAX_QUEUE_SIZE",
            "64",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
            "16");
    try (RunningServer server =
        RunningServer.launchWithEnvoy(environment, repository, "--log-format", "json")
            .awaitReady()) {
      ManagedChannel channel = server.channel();
      RestCalls rest = new RestCalls(server.restUrl());
      for (int i = 0; i < CALLS; i++) {
        var unused = Calls.predict(channel, Calls.whichVersion("tiny"));
        assertThat(rest.get("/v2/models/tiny").status()).isEqualTo(200);
      }
      Calls.await("a word about it", () -> server.log().contains("Failed to export spans"));
      server.terminate();
      assertThat(server.awaitExit()).isZero();
      assertThat(server.log().lines())
          .hasSizeLessThan(40)
          .allSatisfy(line -> assertThat(line).hasSizeLessThan(2_000))
          .allSatisfy(line -> assertThat(JsonParser.parseString(line).isJsonObject()).isTrue());
    }
  }
}
