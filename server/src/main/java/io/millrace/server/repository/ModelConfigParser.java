package io.millrace.server.repository;

import io.millrace.server.config.ConfigProblems;
import io.millrace.server.config.DataSize;
import io.millrace.server.config.ValueRule;
import io.millrace.server.config.YamlMapping;
import io.millrace.server.config.YamlValue;
import io.millrace.server.model.BatchingConfig;
import io.millrace.server.model.InstancesConfig;
import io.millrace.server.model.LabelLimit;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ModelName;
import io.millrace.server.model.Preprocess;
import io.millrace.server.model.QueueBounds;
import io.millrace.server.model.Quote;
import io.millrace.server.model.RunPlace;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.TransitionOrder;
import io.millrace.server.model.VersionPolicy;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Reads a model's {@code config.yaml}. Every key is optional; all problems of a file are found in
 * one go, each with the file, the key, the value and what is allowed.
 */
final class ModelConfigParser {
  private static final int MAX_BATCH_SIZE = 4_096;
  private static final int MAX_QUEUE_SIZE = 100_000;
  private static final int MAX_LATEST = 1_000_000;
  private static final String POLICIES = "all, {latest: 2} or {specific: [1, 3]}";
  private static final String LABELS = "labels with their versions such as {stable: 1}";
  private static final ValueRule<Long> VERSION = ValueRule.whole(1, VersionNumber.MAX);
  private static final ValueRule<Duration> QUEUE_DELAY =
      ValueRule.duration(Duration.ZERO, Duration.ofSeconds(1));
  private static final ValueRule<DataSize> QUEUE_BYTES =
      ValueRule.dataSize(new DataSize(1), DataSize.ofMebibytes(1 << 20));
  private static final ValueRule<RunPlace> RUN_ON = ValueRule.oneOf(places());
  private static final ValueRule<TransitionOrder> TRANSITION = ValueRule.oneOf(orders());
  private static final ValueRule<ModelFormat> ENGINE = ValueRule.oneOf(engines());

  private final YamlMapping root;

  private ModelConfigParser(YamlMapping root) {
    this.root = root;
  }

  /**
   * The settings in the content of a file; meaningless if there are problems.
   *
   * @param file the name that problems carry, such as {@code iris/config.yaml}
   */
  static ModelSettings parse(String file, byte[] content, ConfigProblems problems) {
    return new ModelConfigParser(YamlMapping.parse(file, content, problems)).settings();
  }

  private ModelSettings settings() {
    Optional<ModelFormat> format = root.value("engine", ENGINE);
    ModelConfig config =
        new ModelConfig(
            tensors("inputs"),
            tensors("outputs"),
            instances(),
            batching(),
            OutputRolesParser.parse(root),
            preprocess());
    VersionPolicy policy =
        root.get("version_policy")
            .flatMap(ModelConfigParser::policy)
            .orElse(ModelSettings.DEFAULT_POLICY);
    Map<String, Long> labels = labels();
    TransitionOrder transition =
        root.value("transition", TRANSITION).orElse(TransitionOrder.AVAILABILITY_PRESERVING);
    root.refuseUnknownKeys();
    return new ModelSettings(format.orElse(null), config, policy, labels, transition);
  }

  private static Map<String, TransitionOrder> orders() {
    Map<String, TransitionOrder> orders = new LinkedHashMap<>();
    for (TransitionOrder order : TransitionOrder.values()) {
      orders.put(order.name().toLowerCase(Locale.ROOT), order);
    }
    return orders;
  }

  private static Map<String, ModelFormat> engines() {
    Map<String, ModelFormat> engines = new LinkedHashMap<>();
    for (ModelFormat format : ModelFormat.values()) {
      engines.put(format.engine(), format);
    }
    return engines;
  }

  private static Map<String, RunPlace> places() {
    Map<String, RunPlace> places = new LinkedHashMap<>();
    for (RunPlace place : RunPlace.values()) {
      places.put(place.name().toLowerCase(Locale.ROOT), place);
    }
    return places;
  }

  private List<TensorSpec> tensors(String key) {
    return root.get(key).map(TensorSpecParser::parse).orElse(List.of());
  }

  private InstancesConfig instances() {
    return root.get("instances").map(InstancesParser::parse).orElse(InstancesConfig.DERIVED);
  }

  private Preprocess preprocess() {
    return root.get("preprocess").map(PreprocessParser::parse).orElse(Preprocess.NONE);
  }

  private BatchingConfig batching() {
    Optional<YamlMapping> mapping =
        root.get("batching")
            .flatMap(value -> value.asMapping("a mapping such as {max_batch_size: 32}"));
    if (mapping.isEmpty()) {
      return BatchingConfig.DERIVED;
    }
    Optional<Long> rows = mapping.get().value("max_batch_size", ValueRule.whole(1, MAX_BATCH_SIZE));
    Optional<Duration> delay = mapping.get().value("max_queue_delay", QUEUE_DELAY);
    QueueBounds queue = queue(mapping.get());
    Optional<RunPlace> runOn = mapping.get().value("run_on", RUN_ON);
    mapping.get().refuseUnknownKeys();
    return new BatchingConfig(
        rows.map(Math::toIntExact).orElse(BatchingConfig.DERIVED.maxBatchSize()),
        delay.orElse(BatchingConfig.DERIVED.maxQueueDelay()),
        queue,
        runOn.orElse(BatchingConfig.DERIVED.runOn()));
  }

  private static QueueBounds queue(YamlMapping batching) {
    Optional<Long> calls = batching.value("max_queue_size", ValueRule.whole(1, MAX_QUEUE_SIZE));
    Optional<DataSize> bytes = batching.value("max_queue_bytes", QUEUE_BYTES);
    return new QueueBounds(
        calls.map(Math::toIntExact).orElse(QueueBounds.DERIVED.calls()),
        bytes.map(DataSize::bytes).orElse(QueueBounds.DERIVED.bytes()));
  }

  private static Optional<VersionPolicy> policy(YamlValue value) {
    if (!value.isMapping()) {
      return value.as(ValueRule.text(POLICIES, "all"::equals)).map(all -> new VersionPolicy.All());
    }
    return value.asMapping(POLICIES).flatMap(mapping -> policy(value, mapping));
  }

  private static Optional<VersionPolicy> policy(YamlValue value, YamlMapping mapping) {
    Optional<VersionPolicy> latest =
        mapping
            .value("latest", ValueRule.whole(1, MAX_LATEST))
            .map(count -> new VersionPolicy.Latest(Math.toIntExact(count)));
    Optional<VersionPolicy> specific =
        mapping.get("specific").map(list -> new VersionPolicy.Specific(versions(list)));
    mapping.refuseUnknownKeys();
    if (mapping.keys().size() != 1) {
      value.refuse(POLICIES);
    }
    return latest.or(() -> specific);
  }

  private static NavigableSet<Long> versions(YamlValue value) {
    String allowed = "a list of versions such as [1, 3]";
    NavigableSet<Long> versions = new TreeSet<>();
    value
        .asList(allowed)
        .ifPresent(
            elements -> {
              if (elements.isEmpty()) {
                value.problem(value.path() + " is an empty list", "allowed: " + allowed);
              }
              elements.forEach(element -> element.as(VERSION).ifPresent(versions::add));
            });
    return versions;
  }

  private Map<String, Long> labels() {
    Map<String, Long> labels = new TreeMap<>();
    root.get("labels")
        .flatMap(ModelConfigParser::fewLabels)
        .ifPresent(mapping -> mapping.keys().forEach(label -> label(mapping, label, labels)));
    return labels;
  }

  private static Optional<YamlMapping> fewLabels(YamlValue value) {
    Optional<YamlMapping> mapping = value.asMapping(LABELS);
    int count = mapping.map(labels -> labels.keys().size()).orElse(0);
    if (count > LabelLimit.MAX_LABELS) {
      value.problem(
          "labels has %d names".formatted(count),
          "allowed: %d or fewer".formatted(LabelLimit.MAX_LABELS));
      return Optional.empty();
    }
    return mapping;
  }

  private static void label(YamlMapping mapping, String label, Map<String, Long> labels) {
    if (ModelName.isValid(label)) {
      mapping.value(label, VERSION).ifPresent(version -> labels.put(label, version));
    } else {
      String fault = "labels has the name " + Quote.of(label);
      mapping.refuseKey(label, fault, "allowed: " + ModelName.RULE);
    }
  }
}
