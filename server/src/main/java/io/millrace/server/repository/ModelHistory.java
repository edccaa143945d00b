package io.millrace.server.repository;

import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What the scans so far tell of one model. Immutable.
 *
 * @param settings the last good settings; null if there never were any
 * @param wish what was asked for last
 */
record ModelHistory(
    Settling<ConfigFile> config,
    @Nullable ModelSettings settings,
    SortedMap<Long, Settling<VersionFolder>> versions,
    Wish wish) {
  boolean isSettled() {
    return config.isSettled() && versions.values().stream().allMatch(Settling::isSettled);
  }
}
