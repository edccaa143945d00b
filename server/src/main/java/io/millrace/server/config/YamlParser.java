package io.millrace.server.config;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Turns bytes into a tree of YAML 1.2 nodes within bounds on size, depth and aliases. No objects
 * are built from tags, so a file can only ever be data.
 */
final class YamlParser {
  static final int MAX_BYTES = 1 << 20;
  private static final int MAX_DEPTH = 32;
  private static final int MAX_ALIASES = 50;
  private static final String YAML_REMEDY = "mend it so that the file is one YAML 1.2 mapping";

  private final YamlSource source;

  YamlParser(YamlSource source) {
    this.source = source;
  }

  /** The top mapping; nothing if the file holds only comments, or is refused with a problem. */
  Optional<MappingNode> parse(byte[] content) {
    try {
      return mapping(compose(decode(content)));
    } catch (Refused refused) {
      source.problems().add(refused.problem);
    } catch (MarkedYamlEngineException e) {
      source.problems().add(syntax(e));
    } catch (RuntimeException e) {
      // Mostly the parser's exceptions without a line; and if hostile bytes find a fault of the
      // parser's, that is a problem of this file and of nothing else.
      source
          .problems()
          .add(unreadable("is not YAML: " + Printable.plain(String.valueOf(e.getMessage()))));
    }
    return Optional.empty();
  }

  private String decode(byte[] content) {
    if (content.length > MAX_BYTES) {
      throw new Refused(
          new Problem(source.file(), "is larger than 1 MiB", "keep the file below that size"));
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException e) {
      throw new Refused(new Problem(source.file(), "is not UTF-8 text", "save the file as UTF-8"));
    }
  }

  private Optional<Node> compose(String text) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(source.file())
            .setCodePointLimit(MAX_BYTES)
            .setMaxAliasesForCollections(MAX_ALIASES)
            .setAllowNonScalarKeys(true)
            .build();
    checkDepth(text, settings);
    return new Compose(settings).composeString(text);
  }

  /** The composer recurses, so a file of a million brackets would overflow the stack. */
  private void checkDepth(String text, LoadSettings settings) {
    int depth = 0;
    for (Event event : new Parse(settings).parseString(text)) {
      if (event instanceof CollectionStartEvent && ++depth > MAX_DEPTH) {
        String place = event.getStartMark().map(source::place).orElse(source.file());
        throw new Refused(
            new Problem(
                place, "values are nested more than %d deep".formatted(MAX_DEPTH), YAML_REMEDY));
      }
      if (event instanceof CollectionEndEvent) {
        depth--;
      }
    }
  }

  private Optional<MappingNode> mapping(Optional<Node> root) {
    Optional<Node> content = root.filter(node -> !node.getTag().equals(Tag.NULL));
    if (content.isPresent() && !(content.get() instanceof MappingNode)) {
      throw new Refused(
          new Problem(source.place(content.get()), "the file is not a mapping", YAML_REMEDY));
    }
    return content.map(MappingNode.class::cast);
  }

  private Problem syntax(MarkedYamlEngineException e) {
    String fault = Printable.plain(e.getProblem());
    return e.getProblemMark()
        .map(
            mark ->
                new Problem(
                    source.place(mark),
                    "is not YAML at column %d: %s".formatted(mark.getColumn() + 1, fault),
                    YAML_REMEDY))
        .orElseGet(() -> unreadable("is not YAML: " + fault));
  }

  private Problem unreadable(String fault) {
    return new Problem(source.file(), fault, YAML_REMEDY);
  }

  /** Leaves the parsing early with the one problem that ends it. */
  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    Refused(Problem problem) {
      super(problem.fault(), null, false, false);
      this.problem = problem;
    }
  }
}
