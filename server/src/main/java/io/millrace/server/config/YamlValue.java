package io.millrace.server.config;

import io.millrace.server.config.WrittenValue.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One value of a YAML file. Reading it as something that it is not gives nothing and adds a problem
 * that names file, line, key, value and what is allowed. Confined to the thread that reads.
 */
public final class YamlValue {
  private final YamlSource source;
  private final String path;
  private final Node node;

  YamlValue(YamlSource source, String path, Node node) {
    this.source = source;
    this.path = path;
    this.node = node;
  }

  /** The keys that lead here, such as {@code inputs[0].shape}, fit for messages. */
  public String path() {
    return path;
  }

  public boolean isMapping() {
    return kind() == Kind.MAPPING;
  }

  public boolean isList() {
    return kind() == Kind.LIST;
  }

  /** The scalar that the rule allows. */
  public <T> Optional<T> as(ValueRule<T> rule) {
    return rule.read(written(), source.problems());
  }

  /** The mapping; ask once, because its doubled keys are reported each time. */
  public Optional<YamlMapping> asMapping(String allowed) {
    if (!isMapping()) {
      refuse(allowed);
      return Optional.empty();
    }
    return Optional.of(new YamlMapping(source, path, (MappingNode) node));
  }

  /** The elements of a list, which may be none. */
  public Optional<List<YamlValue>> asList(String allowed) {
    if (kind() != Kind.LIST) {
      refuse(allowed);
      return Optional.empty();
    }
    List<YamlValue> elements = new ArrayList<>();
    for (Node element : ((SequenceNode) node).getValue()) {
      elements.add(new YamlValue(source, path + "[" + elements.size() + "]", element));
    }
    return Optional.of(elements);
  }

  /** Adds the problem that the value is not what is allowed. */
  public void refuse(String allowed) {
    source.problems().add(written().refused(allowed));
  }

  /** Adds a problem at this value's line. */
  public void problem(String fault, String remedy) {
    source.problem(node, fault, remedy);
  }

  WrittenValue written() {
    return new WrittenValue(source.place(node), path, kind(), text());
  }

  private String text() {
    if (kind() == Kind.OTHER) {
      return node.getTag().getValue();
    }
    return node instanceof ScalarNode scalar ? scalar.getValue() : "";
  }

  private Kind kind() {
    if (node instanceof MappingNode) {
      return node.getTag().equals(Tag.MAP) ? Kind.MAPPING : Kind.OTHER;
    }
    if (node instanceof SequenceNode) {
      return node.getTag().equals(Tag.SEQ) ? Kind.LIST : Kind.OTHER;
    }
    return scalarKind(node.getTag());
  }

  private static Kind scalarKind(Tag tag) {
    if (tag.equals(Tag.STR)) {
      return Kind.TEXT;
    } else if (tag.equals(Tag.INT)) {
      return Kind.INTEGER;
    } else if (tag.equals(Tag.FLOAT)) {
      return Kind.DECIMAL;
    } else if (tag.equals(Tag.BOOL)) {
      return Kind.BOOLEAN;
    }
    return tag.equals(Tag.NULL) ? Kind.NOTHING : Kind.OTHER;
  }
}
