package io.millrace.server.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A strict view of a YAML mapping: keys that nobody asked for, keys given twice and values of the
 * wrong type all become problems. Confined to the thread that reads.
 */
public final class YamlMapping {
  /** Larger files are refused. */
  public static final int MAX_BYTES = YamlParser.MAX_BYTES;

  private final YamlSource source;
  private final String path;
  private final MappingNode node;
  private final Map<String, NodeTuple> entries = new LinkedHashMap<>();
  private final Set<String> known = new TreeSet<>();
  private final Set<String> refused = new HashSet<>();

  YamlMapping(YamlSource source, String path, MappingNode node) {
    this.source = source;
    this.path = path;
    this.node = node;
    node.getValue().forEach(this::add);
  }

  /**
   * The mapping in a file's content; an empty one if the content is refused, with the problem.
   *
   * @param file the name that problems carry
   */
  public static YamlMapping parse(String file, byte[] content, ConfigProblems problems) {
    YamlSource source = new YamlSource(file, problems);
    // Where there is no file, nothing is parsed: the parser's classes alone take 40 ms of a start.
    Optional<MappingNode> root =
        content.length == 0 ? Optional.empty() : new YamlParser(source).parse(content);
    return new YamlMapping(source, "", root.orElseGet(YamlMapping::nothing));
  }

  /** As {@link #parse}; that a file cannot be read is a problem too. */
  public static YamlMapping read(Path file, ConfigProblems problems) {
    String name = Printable.plain(file.toString());
    try (InputStream in = Files.newInputStream(file)) {
      return parse(name, in.readNBytes(MAX_BYTES + 1), problems);
    } catch (IOException e) {
      problems.add(new Problem(name, "cannot be read: " + cause(e), "name a file that can be"));
      return parse(name, new byte[0], problems);
    }
  }

  private static String cause(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "it does not exist";
    }
    return e instanceof AccessDeniedException
        ? "permission denied"
        : Printable.plain(String.valueOf(e.getMessage()));
  }

  private static MappingNode nothing() {
    return new MappingNode(Tag.MAP, List.of(), FlowStyle.BLOCK);
  }

  /** The keys that the file has, in its order. */
  public List<String> keys() {
    return List.copyOf(entries.keySet());
  }

  /** The value of a key; from now on the key is known. */
  public Optional<YamlValue> get(String key) {
    known.add(key);
    @Nullable NodeTuple entry = entries.get(key);
    return Optional.ofNullable(entry)
        .map(tuple -> new YamlValue(source, pathOf(key), tuple.getValueNode()));
  }

  /** The value of a key that may be missing. */
  public <T> Optional<T> value(String key, ValueRule<T> rule) {
    return get(key).flatMap(value -> value.as(rule));
  }

  /** The value of a key whose absence is a problem. */
  public <T> Optional<T> required(String key, ValueRule<T> rule) {
    Optional<YamlValue> value = require(key, rule.allowed());
    return value.flatMap(written -> written.as(rule));
  }

  /** The value of a key whose absence is a problem. */
  public Optional<YamlValue> require(String key, String allowed) {
    Optional<YamlValue> value = get(key);
    if (value.isEmpty()) {
      source.problem(node, pathOf(key) + " is missing", "allowed: " + allowed);
    }
    return value;
  }

  /** Adds the problem that a key may not be there, for a better reason than being unknown. */
  public void refuseKey(String key, String fault, String remedy) {
    refused.add(key);
    @Nullable NodeTuple entry = entries.get(key);
    source.problem(entry == null ? node : entry.getKeyNode(), fault, remedy);
  }

  /** Adds a problem for each key that was not asked for; call it after the last question. */
  public void refuseUnknownKeys() {
    entries.forEach(
        (key, entry) -> {
          if (!known.contains(key) && !refused.contains(key)) {
            String fault = "'" + pathOf(key) + "' is not a known key";
            source.problem(entry.getKeyNode(), fault, Spelling.remedy(key, known));
          }
        });
  }

  private void add(NodeTuple tuple) {
    if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
      source.problem(tuple.getKeyNode(), "a key is not a plain name", "allowed: a plain name");
      return;
    }
    @Nullable NodeTuple first = entries.putIfAbsent(key.getValue(), tuple);
    if (first != null) {
      String fault = "%s is given twice, first in %s";
      source.problem(
          key,
          fault.formatted(pathOf(key.getValue()), source.place(first.getKeyNode())),
          "keep one of them");
    }
  }

  private String pathOf(String key) {
    String name = Printable.plain(key);
    return path.isEmpty() ? name : path + "." + name;
  }
}
