package io.millrace.server.repository;

import io.millrace.server.config.ValueRule;
import io.millrace.server.config.YamlMapping;
import io.millrace.server.config.YamlValue;
import io.millrace.server.model.InstancesConfig;
import java.util.Optional;

/** Reads {@code instances}: a number, or a mapping with count, device and threads. */
final class InstancesParser {
  private static final int MAX_COUNT = 64;
  private static final String ALLOWED =
      "a whole number from 1 to 64, or a mapping such as {count: 2}";
  private static final ValueRule<Long> COUNT = ValueRule.whole(1, MAX_COUNT);

  /** More than twice the cores only wait for each other. */
  private static final int MAX_THREADS = 2 * Runtime.getRuntime().availableProcessors();

  private static final ValueRule<Long> THREADS =
      ValueRule.whole(
          "a whole number from 1 to %d, which is twice this machine's cores".formatted(MAX_THREADS),
          threads -> threads >= 1 && threads <= MAX_THREADS);

  /** The names of others, such as {@code gpu:0}, are kept free for engines that have them. */
  private static final ValueRule<String> DEVICE =
      ValueRule.text("cpu, the only device of this release (not yet gpu:0)", "cpu"::equals);

  private InstancesParser() {}

  static InstancesConfig parse(YamlValue value) {
    if (!value.isMapping()) {
      return value
          .as(ValueRule.whole(ALLOWED, count -> count >= 1 && count <= MAX_COUNT))
          .map(count -> new InstancesConfig(Math.toIntExact(count), 1))
          .orElse(InstancesConfig.DERIVED);
    }
    return value.asMapping(ALLOWED).map(InstancesParser::parse).orElse(InstancesConfig.DERIVED);
  }

  private static InstancesConfig parse(YamlMapping mapping) {
    Optional<Long> count = mapping.value("count", COUNT);
    Optional<Long> threads = mapping.value("threads", THREADS);
    var unused = mapping.value("device", DEVICE);
    mapping.refuseUnknownKeys();
    return new InstancesConfig(
        count.map(Math::toIntExact).orElse(InstancesConfig.DERIVED.count()),
        threads.map(Math::toIntExact).orElse(InstancesConfig.DERIVED.threads()));
  }
}
