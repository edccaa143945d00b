package io.millrace.server.rest;

import io.millrace.server.model.ClassCounts;
import java.util.List;
import java.util.Map;

/**
 * The outputs that a caller asks for, and in which form.
 *
 * @param names empty means all
 * @param allBinary whether outputs come as bytes behind the JSON where {@code binary} says nothing
 * @param binary by name, what was said of single outputs
 * @param classes which outputs shall be told as their highest classes
 */
record WantedOutputs(
    List<String> names, boolean allBinary, Map<String, Boolean> binary, ClassCounts classes) {
  static final WantedOutputs ALL = new WantedOutputs(List.of(), false, Map.of(), ClassCounts.NONE);
  static final WantedOutputs ALL_BINARY =
      new WantedOutputs(List.of(), true, Map.of(), ClassCounts.NONE);

  WantedOutputs {
    names = List.copyOf(names);
    binary = Map.copyOf(binary);
  }

  /** Whether the values of an output are wanted, and not the names of their highest classes. */
  boolean areValues(String name) {
    boolean isWanted = names.isEmpty() || names.contains(name);
    return isWanted && !classes.names(name);
  }

  boolean isBinary(String name) {
    return binary.getOrDefault(name, allBinary);
  }
}
