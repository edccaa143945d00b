package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.VersionPolicy;
import io.millrace.server.repository.VersionFolder.Awaited;
import io.millrace.server.repository.VersionFolder.Unreadable;
import io.millrace.server.repository.VersionFolder.Unusable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How one more scan changes what is known of a model. Pure.
 *
 * <p>A version that is gone is forgotten at once; one that changes is kept as it was until it has
 * settled, and so is one that cannot be read. One whose manifest names files that are not there yet
 * is waited for, but not for ever. A {@code config.yaml} that turns bad, or chooses no version that
 * is there, leaves the last good settings in force.
 */
final class ModelPolicy {
  private final WishPolicy wishes;

  ModelPolicy(WishPolicy wishes) {
    this.wishes = wishes;
  }

  /**
   * The model's next history.
   *
   * @param alarms why versions or settings were kept as they were
   */
  record Step(ModelHistory next, List<Problem> alarms) {}

  /**
   * What counts as how old.
   *
   * @param settledBefore what is new and older than this counts as complete at once
   * @param overdueBefore what has not changed since, for all that it lacks, will not be waited for
   */
  record Ages(Instant settledBefore, Instant overdueBefore) {
    /** Somebody looks once, and nothing will change. */
    static final Ages FINAL = new Ages(Instant.MAX, Instant.MAX);
  }

  /**
   * What is known after one more scan.
   *
   * @param before what was known; null for a new model
   */
  Step next(@Nullable ModelHistory before, ModelScan.Folder folder, Ages ages) {
    Settling<ConfigFile> config =
        Settling.next(
            before == null ? null : before.config(), folder.config(), ages.settledBefore());
    List<Problem> alarms = new ArrayList<>();
    SortedMap<Long, Settling<VersionFolder>> versions = versions(before, folder, ages, alarms);
    ModelSettings settings = before == null ? null : before.settings();
    if (config.settled() != null) {
      List<Problem> faults = faults(folder.model(), config.settled(), settings, versions);
      if (faults.isEmpty()) {
        settings = config.settled().settings();
      } else if (settings != null) {
        alarms.addAll(faults);
      }
    }
    Wish wish =
        wish(folder.model(), config.settled(), settings, versions).triedOn(folder.samples());
    return new Step(new ModelHistory(config, settings, versions, wish), alarms);
  }

  /** Why a file's settings cannot take the place of those in force. */
  private static List<Problem> faults(
      String model,
      ConfigFile file,
      @Nullable ModelSettings inForce,
      SortedMap<Long, Settling<VersionFolder>> versions) {
    if (!file.isGood() || inForce == null || inForce.equals(file.settings())) {
      return file.problems();
    }
    VersionPolicy policy = file.settings().policy();
    boolean choosesAny =
        versions.values().stream()
            .filter(ModelPolicy::isServable)
            .anyMatch(version -> policy.admits(version.seen().number()));
    return choosesAny || versions.values().stream().noneMatch(ModelPolicy::isServable)
        ? List.of()
        : List.of(choosesNone(model, policy, versions.keySet()));
  }

  /** A slip of the pen must not end what serves. */
  private static Problem choosesNone(String model, VersionPolicy policy, Set<Long> present) {
    return new Problem(
        model + "/" + ConfigFile.NAME,
        "version_policy (%s) chooses no version that is there".formatted(policy.describe()),
        "there are %s; the settings before it stay in force until it chooses one"
            .formatted(present));
  }

  private static SortedMap<Long, Settling<VersionFolder>> versions(
      @Nullable ModelHistory before, ModelScan.Folder folder, Ages ages, List<Problem> alarms) {
    SortedMap<Long, Settling<VersionFolder>> versions = new TreeMap<>();
    for (VersionFolder found : folder.versions()) {
      VersionFolder version = overdue(found, ages);
      Settling<VersionFolder> known =
          before == null ? null : before.versions().get(version.number());
      if (known != null && isServable(known) && version.contents() instanceof Unreadable failed) {
        alarms.add(failed.problem());
        versions.put(version.number(), known);
      } else if (version.contents() instanceof Awaited) {
        versions.put(version.number(), Settling.waiting(known, version));
      } else {
        versions.put(version.number(), Settling.next(known, version, ages.settledBefore()));
      }
    }
    return versions;
  }

  /** A wait that was too long is a fault; it ends when the rest comes after all. */
  private static VersionFolder overdue(VersionFolder version, Ages ages) {
    return version.contents() instanceof Awaited awaited
            && version.newest().isBefore(ages.overdueBefore())
        ? new VersionFolder(
            version.number(),
            new Unusable(awaited.missing()),
            version.fingerprint(),
            version.newest())
        : version;
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
    return wishes
        .wish(new WishPolicy.Facts(model, config, settings, complete, versions.keySet()))
        .andProblems(awaited(model, versions));
  }

  /** In the same words for as long as it goes on, so that it is logged once. */
  private static List<Problem> awaited(
      String model, SortedMap<Long, Settling<VersionFolder>> versions) {
    return versions.values().stream()
        .map(Settling::seen)
        .filter(version -> version.contents() instanceof Awaited)
        .map(
            version ->
                new Problem(
                    model + "/" + version.number(),
                    "is being copied: %s names files that are not there in full"
                        .formatted(Manifest.FILE_NAME),
                    "it is served when they are"))
        .toList();
  }
}
