package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code millrace bench} as its users call it. Only counts are looked at, never times. */
final class BenchIT {
  private static final Path SAMPLES = RunningServer.CHECKOUT.resolve("model-repo");
  private static final Pattern ANSWERED = Pattern.compile("\"answered\" : (\\d+)");

  private static RunningServer server;

  @BeforeAll
  static void start() {
    server = RunningServer.startWithEnvoy(SAMPLES);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"predict", "infer", "rest", "rest-infer"})
  void eachLoad_sendsAsManyRequestsAsAsked_byEachProtocol(String protocol) throws Exception {
    Ended ended =
        bench(
            "sentiment",
            "--protocol",
            protocol,
            "--server",
            address(protocol),
            "--rows",
            "3",
            "--concurrency",
            "1,8",
            "--requests",
            "40",
            "--warm-up",
            "100ms",
            "--json");

    assertThat(ended.code()).as(ended.err()).isZero();
    assertThat(counts(ended.out())).containsExactly(40, 40);
    assertThat(ended.out()).contains("\"failures\" : { }").contains("\"rows_per_request\" : 3");
  }

  @Test
  void anOpenLoop_withAGivenRequest_printsATable() throws Exception {
    Ended ended =
        bench(
            "--input",
            SAMPLES.resolve("iris/samples/request.json").toString(),
            "--server",
            address("predict"),
            "--rate",
            "200",
            "--arrivals",
            "poisson",
            "--requests",
            "50",
            "--duration",
            "1m",
            "--warm-up",
            "0s");

    assertThat(ended.code()).as(ended.err()).isZero();
    assertThat(ended.out().lines().toList().get(1)).startsWith("load").endsWith("failed");
    assertThat(ended.out().lines().toList().get(2)).matches("200/s .* 50 +0");
  }

  @Test
  void aBodyOfRest_isSentAsItIs() throws Exception {
    Ended ended =
        bench(
            "sentiment",
            "--protocol",
            "rest",
            "--input",
            SAMPLES.resolve("sentiment/samples/predict.json").toString(),
            "--server",
            address("rest"),
            "--concurrency",
            "2",
            "--requests",
            "20",
            "--warm-up",
            "0s",
            "--json");

    assertThat(ended.code()).as(ended.err()).isZero();
    assertThat(counts(ended.out())).containsExactly(20);
    assertThat(ended.out())
        .contains("\"rows_per_request\" : 2", "\"requests\" : 20", "\"millrace\" : \"");
  }

  @Test
  void whatCannotBeMeasured_isOneLine() throws Exception {
    List<Ended> all =
        List.of(
            bench("nobody", "--server", address("predict")),
            bench("nobody", "--protocol", "rest", "--server", address("rest")),
            bench("iris", "--server", "127.0.0.1:1"),
            bench("iris", "--protocol", "rest", "--server", "127.0.0.1:1"),
            bench("iris/1", "--shape", "features=1x3", "--server", address("predict")),
            bench("--input", "nothing.json"),
            bench());

    assertThat(all)
        .allSatisfy(
            ended -> {
              assertThat(ended.code()).isEqualTo(1);
              assertThat(ended.out()).isEmpty();
              assertThat(ended.err().lines()).hasSize(1);
              assertThat(ended.err()).startsWith("millrace: ");
            });
    assertThat(all.get(0).err()).contains("no model 'nobody'");
    assertThat(all.get(1).err()).contains("no model 'nobody'");
    assertThat(all.get(2).err()).contains("no server answers at 127.0.0.1:1");
    assertThat(all.get(4).err()).contains("TENSOR_SHAPE_MISMATCH");
  }

  @Test
  void flagsThatMakeNoSense_endWithTwo() throws Exception {
    assertThat(bench("iris", "--concurrency", "many").code()).isEqualTo(2);
    assertThat(bench("no model").code()).isEqualTo(2);
  }

  private static String address(String protocol) {
    return protocol.startsWith("rest")
        ? URI.create(server.restUrl()).getAuthority()
        : "127.0.0.1:" + server.port();
  }

  private static List<Integer> counts(String json) {
    Matcher matcher = ANSWERED.matcher(json);
    return matcher.results().map(found -> Integer.valueOf(found.group(1))).toList();
  }

  private record Ended(int code, String out, String err) {}

  private static Ended bench(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(RunningServer.DISTRIBUTION.resolve("millrace").toString());
    command.add("bench");
    Stream.of(arguments).forEach(command::add);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    // Standard error has a few lines at most, so it cannot fill its pipe meanwhile.
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
    return new Ended(process.waitFor(), out, err);
  }
}
