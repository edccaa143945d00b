package io.millrace.server.lifecycle;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where labels point: each moves to its wished version when that is READY and stays where it was
 * until then. A label that pointed nowhere, or at a version that is gone, takes its wish at once,
 * so that calls are told how that version fares. Pure.
 */
final class LabelPolicy {
  private LabelPolicy() {}

  /**
   * Where the labels point next.
   *
   * @param wished where they are to point
   * @param pointing where they point now
   * @param ready versions that answer calls
   * @param present versions that there are
   */
  static Map<String, Long> next(
      Map<String, Long> wished, Map<String, Long> pointing, Set<Long> ready, Set<Long> present) {
    Map<String, Long> next = new TreeMap<>();
    wished.forEach(
        (label, version) -> {
          @Nullable Long before = pointing.get(label);
          boolean stays = before != null && present.contains(before) && !ready.contains(version);
          next.put(label, stays ? before : version);
        });
    return next;
  }
}
