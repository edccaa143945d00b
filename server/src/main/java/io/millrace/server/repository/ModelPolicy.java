package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.repository.VersionFolder.Unreadable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How one more scan changes what is known of a model. Pure.
 *
 * <p>A version that is gone is forgotten at once; one that changes is kept as it was until it has
 * settled, and so is one that cannot be read. A {@code config.yaml} that turns bad leaves the last
 * good settings in force.
 */
final class ModelPolicy {
  private final WishPolicy wishes;

  ModelPolicy(WishPolicy wishes) {
    this.wishes = wishes;
  }

  /**
   * The model's next history.
   *
   * @param alarms what was kept because it could not be read
   */
  record Step(ModelHistory next, List<Problem> alarms) {}

  /**
   * What is known after one more scan.
   *
   * @param before what was known; null for a new model
   * @param settledBefore what is new and older than this counts as complete at once
   */
  Step next(@Nullable ModelHistory before, ModelScan.Folder folder, Instant settledBefore) {
    Settling<ConfigFile> config =
        Settling.next(before == null ? null : before.config(), folder.config(), settledBefore);
    ModelSettings settings = before == null ? null : before.settings();
    if (config.settled() != null && config.settled().isGood()) {
      settings = config.settled().settings();
    }
    List<Problem> alarms = new ArrayList<>();
    SortedMap<Long, Settling<VersionFolder>> versions =
        versions(before, folder, settledBefore, alarms);
    Wish wish = wish(folder.model(), config.settled(), settings, versions);
    return new Step(new ModelHistory(config, settings, versions, wish), alarms);
  }

  private static SortedMap<Long, Settling<VersionFolder>> versions(
      @Nullable ModelHistory before,
      ModelScan.Folder folder,
      Instant settledBefore,
      List<Problem> alarms) {
    SortedMap<Long, Settling<VersionFolder>> versions = new TreeMap<>();
    for (VersionFolder version : folder.versions()) {
      Settling<VersionFolder> known =
          before == null ? null : before.versions().get(version.number());
      if (known != null && isServable(known) && version.contents() instanceof Unreadable failed) {
        alarms.add(failed.problem());
        versions.put(version.number(), known);
      } else {
        versions.put(version.number(), Settling.next(known, version, settledBefore));
      }
    }
    return versions;
  }

  private static boolean isServable(Settling<VersionFolder> known) {
    return known.settled() != null && known.settled().contents() instanceof VersionFolder.Usable;
  }

  private Wish wish(
      String model,
      @Nullable ConfigFile config,
      @Nullable ModelSettings settings,
      SortedMap<Long, Settling<VersionFolder>> versions) {
    if (config == null) {
      return Wish.none(model);
    }
    List<VersionFolder> complete =
        versions.values().stream().map(Settling::settled).filter(Objects::nonNull).toList();
    return wishes.wish(new WishPolicy.Facts(model, config, settings, complete, versions.keySet()));
  }
}
