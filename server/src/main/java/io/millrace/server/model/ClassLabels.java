package io.millrace.server.model;

import java.util.List;

/**
 * What the classes of a classifier are called, in the order of its scores. Immutable.
 *
 * @param names the first is of class 0; fewer than there are classes is no fault
 */
public record ClassLabels(List<String> names) {
  /** For a version that comes without names. */
  public static final ClassLabels NONE = new ClassLabels(List.of());

  public ClassLabels {
    names = List.copyOf(names);
  }

  /** What class this is; empty if nobody said. */
  public String name(int index) {
    return index < names.size() ? names.get(index) : "";
  }
}
