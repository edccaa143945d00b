package io.millrace.server.config;

import io.millrace.server.config.WrittenValue.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads settings: a flag wins over the environment, which wins over the file, which wins over the
 * default. A setting {@code grpc-port} is the flag {@code --grpc-port}, the variable {@code
 * MILLRACE_GRPC_PORT} and the key {@code grpc_port}. A value that is not allowed gives the default
 * and a problem; {@link #finish()} ends with all of them at once. Confined to the thread that
 * reads.
 */
public final class ConfigReader {
  /** The setting that names the file. */
  public static final String FILE = "config";

  private static final String ENVIRONMENT_PREFIX = "MILLRACE_";

  private final Map<String, String> flags;
  private final Map<String, String> environment;
  private final YamlMapping file;
  private final ConfigProblems problems;
  private final Set<String> known = new TreeSet<>();
  private final Map<String, String> parameters = new HashMap<>();

  private ConfigReader(
      Map<String, String> flags,
      Map<String, String> environment,
      YamlMapping file,
      ConfigProblems problems) {
    this.flags = Map.copyOf(flags);
    this.environment = Map.copyOf(environment);
    this.file = file;
    this.problems = problems;
    known.add(FILE);
  }

  /**
   * A reader of these layers, and of the file that the setting {@code config} names in one of them.
   *
   * @param flags texts by the name of the setting, without the dashes
   * @param environment all variables of the process
   */
  public static ConfigReader of(Map<String, String> flags, Map<String, String> environment) {
    ConfigProblems problems = new ConfigProblems();
    YamlMapping none = YamlMapping.parse("", new byte[0], problems);
    ConfigReader outer = new ConfigReader(flags, environment, none, problems);
    YamlMapping file =
        outer
            .value(FILE, ValueRule.path())
            .map(path -> YamlMapping.read(path, problems))
            .orElse(none);
    return new ConfigReader(flags, environment, file, problems);
  }

  /**
   * Says that the command line takes a setting as a parameter without a name.
   *
   * @param label what its help calls it, such as {@code REPO}
   */
  public void positional(String name, String label) {
    parameters.put(name, label);
  }

  /** The value of a setting without a default. */
  public <T> Optional<T> value(String name, ValueRule<T> rule) {
    return written(name).flatMap(value -> rule.read(value, problems));
  }

  /** The value of a setting. */
  public <T> T value(String name, ValueRule<T> rule, T defaultValue) {
    return value(name, rule).orElse(defaultValue);
  }

  public int integer(String name, int defaultValue, int min, int max) {
    return value(name, ValueRule.whole(min, max).map(Math::toIntExact), defaultValue);
  }

  public String text(String name, String defaultValue) {
    return value(name, ValueRule.text(), defaultValue);
  }

  public boolean bool(String name, boolean defaultValue) {
    return value(name, ValueRule.bool(), defaultValue);
  }

  public Path path(String name, Path defaultValue) {
    return value(name, ValueRule.path(), defaultValue);
  }

  public Duration duration(String name, Duration defaultValue, Duration min, Duration max) {
    return value(name, ValueRule.duration(min, max), defaultValue);
  }

  public DataSize dataSize(String name, DataSize defaultValue, DataSize min, DataSize max) {
    return value(name, ValueRule.dataSize(min, max), defaultValue);
  }

  /** One of an enum's constants, written in lower case with dashes. */
  public <E extends Enum<E>> E choice(String name, E defaultValue) {
    Map<String, E> spellings = new LinkedHashMap<>();
    for (E constant : defaultValue.getDeclaringClass().getEnumConstants()) {
      spellings.put(constant.name().toLowerCase(Locale.ROOT).replace('_', '-'), constant);
    }
    return value(name, ValueRule.oneOf(spellings), defaultValue);
  }

  /**
   * Adds the problem that a setting's value cannot be used, for a reason that its rule could not
   * know.
   *
   * @param used the value in use, shown where it is the default
   */
  public void refuse(String name, Object used, String allowed) {
    WrittenValue value =
        written(name)
            .orElseGet(() -> new WrittenValue("default", name, Kind.UNTYPED, String.valueOf(used)));
    problems.add(value.refused(allowed));
  }

  /**
   * Ends the reading, when every room has read its settings: names that nobody asked for become
   * problems.
   *
   * @throws ConfigException if there is any problem
   */
  public void finish() {
    flags.keySet().stream()
        .sorted()
        .filter(name -> !known.contains(name))
        .forEach(name -> problems.add(unknownFlag(name)));
    file.refuseUnknownKeys();
    problems.throwIfAny();
  }

  /**
   * Variables that look like settings and are none. Worth a warning, not a refusal: an orchestrator
   * may inject such names.
   *
   * @param others variables that something else reads, such as the launcher
   */
  public List<Problem> unknownVariables(Set<String> others) {
    List<Problem> unknown = new ArrayList<>();
    Set<String> variables = new TreeSet<>(others);
    known.forEach(name -> variables.add(variable(name)));
    for (String name : new TreeSet<>(environment.keySet())) {
      if (name.startsWith(ENVIRONMENT_PREFIX) && !variables.contains(name)) {
        String fault = Printable.plain(name) + " is not a setting and has no effect";
        unknown.add(new Problem("environment", fault, Spelling.remedy(name, variables)));
      }
    }
    return unknown;
  }

  private Problem unknownFlag(String name) {
    String fault = "--" + Printable.plain(name) + " is not a setting";
    return new Problem("command line", fault, Spelling.remedy(name, known));
  }

  /** The value from the strongest layer that has one; an empty variable counts as unset. */
  private Optional<WrittenValue> written(String name) {
    known.add(name);
    Optional<YamlValue> inFile = file.get(name.replace('-', '_'));
    @Nullable String flag = flags.get(name);
    if (flag != null) {
      String label = parameters.getOrDefault(name, "--" + name);
      return Optional.of(new WrittenValue("command line", label, Kind.UNTYPED, flag));
    }
    String variable = environment.getOrDefault(variable(name), "");
    if (!variable.isEmpty()) {
      return Optional.of(new WrittenValue("environment", variable(name), Kind.UNTYPED, variable));
    }
    return inFile.map(YamlValue::written);
  }

  private static String variable(String name) {
    return ENVIRONMENT_PREFIX + name.toUpperCase(Locale.ROOT).replace('-', '_');
  }
}
