package io.millrace.server.model;

import java.util.Set;

/**
 * What an operator asked of a model beyond its version policy. Immutable.
 *
 * @param loaded versions that serve beside those that the policy keeps
 * @param held versions that do not serve, whatever the policy says, until somebody loads them
 */
public record AskedVersions(Set<Long> loaded, Set<Long> held) {
  /** The policy alone decides. */
  public static final AskedVersions NOTHING = new AskedVersions(Set.of(), Set.of());

  public AskedVersions {
    loaded = Set.copyOf(loaded);
    held = Set.copyOf(held);
  }
}
