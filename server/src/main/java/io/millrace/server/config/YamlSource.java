package io.millrace.server.config;

import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * The file that is being read, and where its problems go.
 *
 * @param file as people know it, such as {@code iris/config.yaml}
 */
record YamlSource(String file, ConfigProblems problems) {
  void problem(Node node, String fault, String remedy) {
    problems.add(new Problem(place(node), fault, remedy));
  }

  /** The file and the line, counted from 1, where the node begins. */
  String place(Node node) {
    return node.getStartMark().map(this::place).orElse(file);
  }

  String place(Mark mark) {
    return file + ":" + line(mark);
  }

  static int line(Mark mark) {
    return mark.getLine() + 1;
  }
}
