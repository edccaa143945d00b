package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServableLoader;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import io.millrace.server.repository.IdentifiedServable.Facts;
import io.millrace.server.repository.VersionFolder.Unreadable;
import io.millrace.server.repository.VersionFolder.Unusable;
import io.millrace.server.repository.VersionFolder.Usable;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Lets other loaders load a version only from bytes that are complete, as their manifest says, and
 * the same from before the load until after it. Thread-safe.
 *
 * <p>A version is found anew when its load begins, and loaded from where it then really is: a link
 * that moves meanwhile mixes nothing. What changes or vanishes under the load is tried again, by
 * the rules of a scan.
 */
public final class VerifiedLoader implements ServableLoader {
  private static final int MAX_TRIES = 5;

  /** Between two looks at what has changed since the scan; as long as scans are apart. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final VersionLookup lookup;
  private final ServableLoader vouched;
  private final ServableLoader unvouched;
  private final Duration pause;

  /** The content of what serves, so that unchanged files are not read again. */
  private final Map<ModelVersionId, Known> known = new ConcurrentHashMap<>();

  /**
   * @param vouched loads what is as its manifest says
   * @param unvouched loads what has no manifest
   */
  public VerifiedLoader(
      RepositoryOptions options, ServableLoader vouched, ServableLoader unvouched) {
    this(VersionLookup.of(options), vouched, unvouched, PAUSE);
  }

  VerifiedLoader(
      VersionLookup lookup, ServableLoader vouched, ServableLoader unvouched, Duration pause) {
    this.lookup = lookup;
    this.vouched = vouched;
    this.unvouched = unvouched;
    this.pause = pause;
  }

  /** What files that look like this were found to hold. */
  private record Known(String fingerprint, String digest) {}

  @Override
  public Servable load(VersionArtifact artifact) {
    @Nullable VersionFolder before = null;
    for (int i = 0; i < MAX_TRIES; i++) {
      VersionFolder now = lookup.find(artifact.id());
      boolean same = before != null && before.fingerprint().equals(now.fingerprint());
      if (now.contents() instanceof Usable usable) {
        if (mayLoad(artifact, now) || (same && usable.format() == artifact.format())) {
          Optional<Servable> servable = load(artifact, now, usable);
          if (servable.isPresent()) {
            return servable.get();
          }
        }
      } else if (same && now.contents() instanceof Unusable unusable) {
        throw refusal(unusable.problem());
      }
      before = now;
      sleep(artifact.id());
    }
    throw refusal(lastFault(artifact.id(), before));
  }

  /**
   * Whether the files are those that a scan found complete, or their manifest says that they are.
   */
  private static boolean mayLoad(VersionArtifact artifact, VersionFolder now) {
    boolean asScanned =
        artifact.fingerprint().equals(WishPolicy.fingerprint(now, artifact.config()));
    return asScanned || (now.isWhole() && ((Usable) now.contents()).format() == artifact.format());
  }

  private static Problem lastFault(ModelVersionId id, @Nullable VersionFolder last) {
    return last != null && last.contents() instanceof Unreadable unreadable
        ? unreadable.problem()
        : new Problem(
            id.toString(),
            "its files keep changing while it is loaded",
            "bring it by 'millrace push', or move its folder in when it is complete");
  }

  /** Empty if the files changed meanwhile. */
  private Optional<Servable> load(VersionArtifact artifact, VersionFolder now, Usable usable) {
    ModelVersionId id = artifact.id();
    try {
      Known content = new Known(now.fingerprint(), digest(id, now, usable));
      ClassLabels labels = new LabelFiles(lookup).of(id, usable.folder());
      ServableLoader loader = usable.manifest() == null ? unvouched : vouched;
      Servable servable = checked(artifact, loader.load(at(artifact, now, usable)));
      if (isUnchanged(id, now, usable)) {
        known.put(id, content);
        return Optional.of(
            new IdentifiedServable(
                servable,
                new Facts(content.digest(), labels, artifact.config().roles()),
                () -> known.remove(id, content)));
      }
      servable.close();
      return Optional.empty();
    } catch (ServingException e) {
      if (isUnchanged(id, now, usable)) {
        throw e;
      }
      return Optional.empty();
    }
  }

  /** Only what is loaded tells which outputs there are. */
  private static Servable checked(VersionArtifact artifact, Servable servable) {
    String file = artifact.id().model() + "/" + ConfigFile.NAME;
    Optional<Problem> problem =
        new OutputRolesCheck(file, artifact.config().roles(), servable.signature()).problem();
    if (problem.isPresent()) {
      servable.close();
      throw refusal(problem.get()).lasting();
    }
    return servable;
  }

  private static VersionArtifact at(VersionArtifact artifact, VersionFolder now, Usable usable) {
    return new VersionArtifact(
        artifact.id(),
        artifact.format(),
        usable.file(),
        artifact.config(),
        WishPolicy.fingerprint(now, artifact.config()));
  }

  /**
   * Reads all files and compares them with the manifest, if there is one.
   *
   * @throws ServingException if they differ or cannot be read
   */
  private String digest(ModelVersionId id, VersionFolder now, Usable usable) {
    try {
      VersionListing listing = lookup.list(id, usable.folder());
      if (!listing.fingerprint().equals(now.fingerprint())) {
        throw refusal(new Problem(id.toString(), "its files changed", "wait for the next scan"));
      }
      Manifest found = new VersionContent(lookup.folders()).read(listing);
      if (usable.manifest() != null) {
        Optional<Problem> fault = VersionContent.unlike(id.toString(), usable.manifest(), found);
        if (fault.isPresent()) {
          throw refusal(fault.get());
        }
      }
      return found.digest();
    } catch (IOException e) {
      throw ServingException.failure(
          Reason.MODEL_LOAD_FAILED, ReadFailure.problem(id.toString(), e).toString(), e);
    }
  }

  private boolean isUnchanged(ModelVersionId id, VersionFolder then, Usable usable) {
    try {
      return lookup.list(id, usable.folder()).fingerprint().equals(then.fingerprint());
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public Optional<String> digest(VersionArtifact artifact) {
    VersionFolder now = lookup.find(artifact.id());
    if (!(now.contents() instanceof Usable usable)) {
      return Optional.empty();
    }
    @Nullable Known last = known.get(artifact.id());
    if (last != null && last.fingerprint().equals(now.fingerprint())) {
      return Optional.of(last.digest());
    }
    try {
      return Optional.of(digest(artifact.id(), now, usable));
    } catch (ServingException e) {
      return Optional.empty();
    }
  }

  private static ServingException refusal(Problem problem) {
    return ServingException.refusal(Reason.MODEL_LOAD_FAILED, problem.toString());
  }

  private void sleep(ModelVersionId id) {
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ServingException.failure(
          Reason.MODEL_LOAD_FAILED, id + ": the load was interrupted", e);
    }
  }
}
