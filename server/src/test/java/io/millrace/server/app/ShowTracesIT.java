package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The viewer that the README names, before the packaged server and the real Envoy. */
final class ShowTracesIT {
  @TempDir private Path temp;

  private static Process viewer(String argument) {
    Path script = RunningServer.CHECKOUT.resolve("deploy/show-traces");
    try {
      return new ProcessBuilder("python3", script.toString(), argument)
          .redirectErrorStream(true)
          .start();
    } catch (IOException e) {
      if ("true".equals(System.getenv("CI"))) {
        throw new AssertionError("python3 is missing", e);
      }
      System.err.println("SKIPPED, python3 is missing");
      return Assumptions.abort("python3 is missing");
    }
  }

  @Test
  void aCallByRest_isShownAsATree() throws IOException {
    Path repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    Process viewer = viewer("0");
    try (BufferedReader lines = viewer.inputReader(UTF_8)) {
      String endpoint = lines.readLine().replace("waiting for traces on ", "");
      Map<String, String> environment =
          Map.of(
              "OTEL_EXPORTER_OTLP_ENDPOINT",
              endpoint,
              "OTEL_EXPORTER_OTLP_PROTOCOL",
              "http/protobuf");
      try (RunningServer server =
          RunningServer.launchWithEnvoy(environment, repository).awaitReady()) {
        RestCalls rest = new RestCalls(server.restUrl());
        assertThat(rest.post("/v1/models/tiny:predict", "{\"instances\":[[1,2]]}").status())
            .isEqualTo(200);
        assertThat(rest.post("/v1/models/tiny:predict", "{}").status()).isEqualTo(400);
        String model = " model=tiny version=1";
        assertThat(traceFrom(lines, "  millrace: load model" + model))
            .containsExactly(
                "  millrace: load model" + model,
                "    millrace: wait",
                "    millrace: load and warm up");
        assertThat(traceFrom(lines, "  millrace-envoy: ingress"))
            .containsExactly(
                "  millrace-envoy: ingress",
                "    millrace: millrace.v1.RestService/Predict" + model,
                "      millrace: queue" + model,
                "      millrace: execute" + model);
        assertThat(traceFrom(lines, "  millrace-envoy: ingress status=400"))
            .last()
            .asString()
            .endsWith("/Predict model=tiny status=INVALID_ARGUMENT error=REQUEST_MALFORMED");
      }
    } finally {
      viewer.destroy();
    }
  }

  @Test
  void help_isExplainedAndEndsWell() throws Exception {
    Process viewer = viewer("--help");

    assertThat(text(viewer)).startsWith("usage: show-traces").contains("PORT", "OTEL_EXPORTER");
    assertThat(viewer.waitFor()).isZero();
  }

  @Test
  void aPortThatIsNone_isOneLine() throws Exception {
    Process viewer = viewer("trace");

    assertThat(text(viewer).lines()).singleElement().asString().contains("'trace' is no port");
    assertThat(viewer.waitFor()).isEqualTo(2);
  }

  private static String text(Process viewer) throws IOException {
    return new String(viewer.getInputStream().readAllBytes(), UTF_8);
  }

  /** The lines of a trace, from this one on, without their times. */
  private static List<String> traceFrom(BufferedReader lines, String first) throws IOException {
    List<String> trace = new ArrayList<>();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String name = line.replaceFirst(" +[0-9.]+ ms  at [0-9.]+ *", " ").stripTrailing();
      if (!trace.isEmpty() || name.equals(first)) {
        if (name.isEmpty()) {
          break;
        }
        trace.add(name);
      }
    }
    return trace;
  }
}
