package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A real Prometheus that scrapes one server, on a free port. */
final class RealPrometheus implements AutoCloseable {
  private static final Pattern LISTENS = Pattern.compile("Listening on.* address=\\S+:(\\d+)");

  private final Process process;
  private final RestCalls rest;

  private RealPrometheus(Process process, RestCalls rest) {
    this.process = process;
    this.rest = rest;
  }

  /** Where prometheus and promtool are. */
  static Path folder() {
    Path folder = Path.of(FetchedProgram.where(".ci/get-prometheus"));
    Requirement.check(
        Files.isExecutable(folder.resolve("promtool")),
        "Prometheus, which .ci/get-prometheus could not fetch");
    return folder;
  }

  /** What promtool has to say about a page of metrics, a line for each complaint. */
  static List<String> lint(String page) throws IOException {
    Path input = Files.createTempFile("metrics", ".txt");
    try {
      Files.writeString(input, page);
      Process promtool =
          new ProcessBuilder(folder().resolve("promtool").toString(), "check", "metrics")
              .redirectInput(input.toFile())
              .redirectErrorStream(true)
              .start();
      return new String(promtool.getInputStream().readAllBytes(), UTF_8).lines().toList();
    } finally {
      Files.delete(input);
    }
  }

  /**
   * @param scratch a folder for its data
   * @param target what it scrapes, such as {@code 127.0.0.1:8002}
   */
  static RealPrometheus start(Path scratch, String target) throws IOException {
    Path config = scratch.resolve("prometheus.yml");
    Files.writeString(
        config,
        """
        scrape_configs:
        - job_name: millrace
          scrape_interval: 1s
          static_configs: [ { targets: [ "%s" ] } ]
        """
            .formatted(target));
    Path log = scratch.resolve("prometheus.log");
    Process process =
        new ProcessBuilder(
                folder().resolve("prometheus").toString(),
                "--config.file=" + config,
                "--storage.tsdb.path=" + scratch.resolve("data"),
                "--web.listen-address=127.0.0.1:0")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    RestCalls rest = new RestCalls("http://127.0.0.1:" + port(process, log));
    Calls.await("Prometheus", () -> rest.get("/-/ready").status() == 200);
    return new RealPrometheus(process, rest);
  }

  /** The value of a query's first series; NaN while there is none. */
  double value(String query) {
    var series =
        get("/api/v1/query?query=" + URLEncoder.encode(query, UTF_8))
            .getAsJsonObject("data")
            .getAsJsonArray("result");
    return series.isEmpty()
        ? Double.NaN
        : series.get(0).getAsJsonObject().getAsJsonArray("value").get(1).getAsDouble();
  }

  /** All values that a label has had. */
  List<String> values(String label) {
    return get("/api/v1/label/%s/values".formatted(label)).getAsJsonArray("data").asList().stream()
        .map(value -> value.getAsString())
        .toList();
  }

  private JsonObject get(String path) {
    return JsonParser.parseString(rest.get(path).text()).getAsJsonObject();
  }

  /** Its port is known when it listens. */
  private static String port(Process process, Path log) {
    Calls.await("Prometheus to listen", () -> !process.isAlive() || port(log).find());
    Matcher line = port(log);
    if (!line.find()) {
      throw new AssertionError("Prometheus ended; see " + log);
    }
    return line.group(1);
  }

  private static Matcher port(Path log) {
    try {
      return LISTENS.matcher(Files.readString(log));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
