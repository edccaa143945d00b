package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.AskedVersions;
import io.millrace.server.model.BrokenVersion;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionArtifact;
import io.millrace.server.model.VersionPolicy;
import io.millrace.server.repository.VersionFolder.Unreadable;
import io.millrace.server.repository.VersionFolder.Unusable;
import io.millrace.server.repository.VersionFolder.Usable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What to want of a model, given its complete versions and its settings. Pure. */
final class WishPolicy {
  /** More would not fit the message of a status. */
  private static final int MAX_TOLD = 5;

  private final boolean allowTorchScript;

  WishPolicy(boolean allowTorchScript) {
    this.allowTorchScript = allowTorchScript;
  }

  /**
   * The facts of one model.
   *
   * @param config the complete {@code config.yaml}, good or bad
   * @param settings the last good settings; null if there never were any
   * @param complete the versions that have settled
   * @param present the numbers of all versions, settled or not
   */
  record Facts(
      String model,
      ConfigFile config,
      @Nullable ModelSettings settings,
      Collection<VersionFolder> complete,
      Set<Long> present) {}

  Wish wish(Facts facts) {
    return facts.settings() == null ? allBroken(facts) : wish(facts, facts.settings());
  }

  /** A model whose settings nobody could ever read is not guessed at. */
  private static Wish allBroken(Facts facts) {
    List<Problem> problems = facts.config().problems();
    String message =
        problems.stream().limit(MAX_TOLD).map(Problem::toString).collect(Collectors.joining(" | "));
    List<BrokenVersion> broken =
        facts.complete().stream().map(v -> broken(facts.model(), v, message)).toList();
    return new Wish(new DesiredVersions(facts.model(), List.of(), 0, broken, Map.of()), problems);
  }

  private Wish wish(Facts facts, ModelSettings settings) {
    List<Problem> problems = new ArrayList<>();
    Map<Long, VersionArtifact> usable = new TreeMap<>();
    List<BrokenVersion> broken = new ArrayList<>();
    for (VersionFolder version : facts.complete()) {
      Optional<Problem> fault = fault(facts.model(), settings.format(), version);
      if (fault.isEmpty()) {
        usable.put(version.number(), artifact(facts.model(), version, settings.config()));
      } else if (settings.policy().admits(version.number())) {
        broken.add(broken(facts.model(), version, fault.get().toString()));
        problems.add(fault.get());
      }
    }
    VersionPolicy.Choice choice = settings.policy().choose(usable.keySet());
    String file = facts.model() + "/" + ConfigFile.NAME;
    problems.addAll(new PointerCheck(file, settings, facts.present(), choice).problems());
    new BatchingCheck(file, settings.config().batching()).problem().ifPresent(problems::add);
    return new Wish(
        desired(facts.model(), settings, choice, usable, broken, excluded(facts, settings)),
        problems);
  }

  private static Set<Long> excluded(Facts facts, ModelSettings settings) {
    return facts.complete().stream()
        .map(VersionFolder::number)
        .filter(number -> !settings.policy().admits(number))
        .collect(Collectors.toSet());
  }

  private static DesiredVersions desired(
      String model,
      ModelSettings settings,
      VersionPolicy.Choice choice,
      Map<Long, VersionArtifact> usable,
      List<BrokenVersion> broken,
      Set<Long> excluded) {
    List<VersionArtifact> candidates =
        choice.candidates().stream().map(usable::get).map(Objects::requireNonNull).toList();
    // Broken ones count: one that breaks while it serves must not lose its place.
    int keep = settings.policy().keep(candidates.size() + broken.size());
    return new DesiredVersions(
        model,
        candidates,
        keep,
        broken,
        settings.labels(),
        settings.policy(),
        excluded,
        usable.values().stream().filter(version -> !candidates.contains(version)).toList(),
        AskedVersions.NOTHING,
        settings.transition(),
        "");
  }

  private Optional<Problem> fault(
      String model, @Nullable ModelFormat wanted, VersionFolder version) {
    if (version.contents() instanceof Unusable unusable) {
      return Optional.of(unusable.problem());
    } else if (version.contents() instanceof Unreadable unreadable) {
      return Optional.of(unreadable.problem());
    }
    ModelFormat format = ((Usable) version.contents()).format();
    String place = model + "/" + version.number();
    if (wanted != null && wanted != format) {
      return Optional.of(otherEngine(place, format, wanted));
    }
    return format == ModelFormat.TORCHSCRIPT && !allowTorchScript
        ? Optional.of(notAllowed(place))
        : Optional.empty();
  }

  private static Problem otherEngine(String place, ModelFormat format, ModelFormat wanted) {
    return new Problem(
        place,
        "%s does not fit engine: %s in %s"
            .formatted(format.fileName(), wanted.engine(), ConfigFile.NAME),
        "set engine: %s, or put %s there".formatted(format.engine(), wanted.fileName()));
  }

  private static Problem notAllowed(String place) {
    return new Problem(
        place,
        "model.pt is TorchScript, which is code and may do all that the server may",
        "if you trust the file, set allow_torchscript: true or --allow-torchscript");
  }

  private static VersionArtifact artifact(String model, VersionFolder version, ModelConfig config) {
    Usable usable = (Usable) version.contents();
    return new VersionArtifact(
        new ModelVersionId(model, version.number()),
        usable.format(),
        usable.file(),
        config,
        fingerprint(version, config));
  }

  /** Of the artifact that a version and its settings make. */
  static String fingerprint(VersionFolder version, ModelConfig config) {
    return Fingerprint.of(version.fingerprint(), text(config));
  }

  private static BrokenVersion broken(String model, VersionFolder version, String message) {
    return new BrokenVersion(
        new ModelVersionId(model, version.number()),
        ServingException.refusal(Reason.MODEL_LOAD_FAILED, message),
        Fingerprint.of(version.fingerprint(), message));
  }

  private static String text(ModelConfig config) {
    return "%s -> %s %s %s %s %s"
        .formatted(
            text(config.inputs()),
            text(config.outputs()),
            config.instances(),
            config.batching(),
            config.roles(),
            config.preprocess());
  }

  private static String text(List<TensorSpec> specs) {
    return specs.stream().map(spec -> spec + " " + spec.dimensionNames()).toList().toString();
  }
}
