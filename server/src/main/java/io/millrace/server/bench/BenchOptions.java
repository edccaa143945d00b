package io.millrace.server.bench;

import io.millrace.server.config.ConfigReader;
import io.millrace.server.config.ValueRule;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a person asks of {@code millrace bench} beside the model.
 *
 * @param inputFile a request in JSON, instead of random values
 * @param json whether the results are printed for programs
 */
public record BenchOptions(
    Protocol protocol,
    String address,
    int connections,
    Duration deadline,
    Inputs.Random randomInputs,
    Optional<Path> inputFile,
    BenchPlan plan,
    boolean json) {
  private static final Pattern ADDRESS =
      Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+):[0-9]{1,5}");
  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final int MAX_ROWS = 1_000_000;
  private static final int MAX_CONNECTIONS = 1_000;
  private static final int MAX_IN_FLIGHT = 100_000;

  /** Reads the flags. */
  public static BenchOptions from(ConfigReader reader) {
    Protocol protocol = reader.choice("protocol", Protocol.PREDICT);
    return new BenchOptions(
        protocol,
        address(reader, protocol),
        reader.integer("connections", 1, 1, MAX_CONNECTIONS),
        reader.duration("deadline", Duration.ofSeconds(10), SHORTEST, LONGEST),
        randomInputs(reader),
        inputFile(reader),
        plan(reader),
        reader.bool("json", false));
  }

  private static String address(ConfigReader reader, Protocol protocol) {
    ValueRule<String> rule = ValueRule.text("HOST:PORT", text -> ADDRESS.matcher(text).matches());
    return reader.value("server", rule, protocol.isRest() ? "127.0.0.1:8000" : "127.0.0.1:8001");
  }

  private static Inputs.Random randomInputs(ConfigReader reader) {
    ValueRule<Map<String, List<Long>>> shapes =
        Lists.rule("shapes such as image=8x3x224x224,scale=1", WrittenShape::parse);
    return new Inputs.Random(
        reader.integer("rows", 1, 1, MAX_ROWS), reader.value("shape", shapes, Map.of()));
  }

  private static Optional<Path> inputFile(ConfigReader reader) {
    Optional<Path> file = reader.value("input", ValueRule.path());
    boolean shaped =
        reader.value("rows", ValueRule.text()).isPresent()
            || reader.value("shape", ValueRule.text()).isPresent();
    if (file.isPresent() && shaped) {
      reader.refuse("input", "", "--input, which has its shapes, or --rows and --shape, not both");
    }
    return file;
  }

  private static BenchPlan plan(ConfigReader reader) {
    ValueRule<Long> count = ValueRule.whole(1, Long.MAX_VALUE);
    Optional<Long> requests = reader.value("requests", count);
    // Who asks for a number of requests wants them all.
    Duration standard = requests.isPresent() ? LONGEST : Duration.ofSeconds(10);
    Duration duration = reader.duration("duration", standard, Duration.ofMillis(100), LONGEST);
    return new BenchPlan(
        loads(reader),
        reader.duration("warm-up", Duration.ofSeconds(2), Duration.ZERO, LONGEST),
        new Limit(duration, requests.orElse(Long.MAX_VALUE)),
        reader.value("seed", ValueRule.whole(0, Long.MAX_VALUE), 1L));
  }

  private static List<Load> loads(ConfigReader reader) {
    List<Integer> concurrency = reader.value("concurrency", Lists.CONCURRENCY, List.of(1, 16));
    Optional<List<Double>> rates = reader.value("rate", Lists.RATES);
    Arrivals arrivals = reader.choice("arrivals", Arrivals.CONSTANT);
    int inFlight = reader.integer("max-in-flight", 10_000, 1, MAX_IN_FLIGHT);
    if (rates.isEmpty()) {
      return List.copyOf(concurrency.stream().map(ClosedLoop::new).toList());
    }
    if (reader.value("concurrency", ValueRule.text()).isPresent()) {
      reader.refuse("rate", "", "--rate or --concurrency, not both");
    }
    return List.copyOf(
        rates.get().stream().map(rate -> new OpenLoop(rate, arrivals, inFlight)).toList());
  }
}
