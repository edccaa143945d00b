package io.millrace.server.lifecycle;

import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServableLoader;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** Makes fake servables, or does for a version what the test says. Thread-safe. */
public final class FakeLoader implements ServableLoader {
  private final Map<Long, Function<ModelVersionId, FakeServable>> loads = new ConcurrentHashMap<>();
  private final List<FakeServable> loaded = new CopyOnWriteArrayList<>();
  private final Map<String, String> digests = new ConcurrentHashMap<>();
  private final List<String> digestsAsked = new CopyOnWriteArrayList<>();

  /** Replaces the load of a version; the function may throw. */
  public void onLoad(long version, Function<ModelVersionId, FakeServable> load) {
    loads.put(version, load);
  }

  /** Has every load of a version fail with these words, until another is given. */
  void failLoad(long version, String words) {
    onLoad(
        version,
        id -> {
          throw ServingException.refusal(Reason.MODEL_LOAD_FAILED, words);
        });
  }

  /** Has every load of a version fail with these words, for a reason that does not pass. */
  public void breakLoad(long version, String words) {
    onLoad(
        version,
        id -> {
          throw ServingException.refusal(Reason.MODEL_LOAD_FAILED, words).lasting();
        });
  }

  /** What files with this fingerprint hold; others have no digest. */
  public void digestOf(String fingerprint, String digest) {
    digests.put(fingerprint, digest);
  }

  /** The fingerprints whose digests were asked for. */
  public List<String> digestsAsked() {
    return digestsAsked;
  }

  /** All that ever came up, oldest first. */
  public List<FakeServable> loaded() {
    return loaded;
  }

  /** What the newest load that succeeded made. */
  public FakeServable newest() {
    return loaded.get(loaded.size() - 1);
  }

  @Override
  public Servable load(VersionArtifact artifact) {
    FakeServable servable =
        loads.getOrDefault(artifact.id().version(), FakeServable::plain).apply(artifact.id());
    servable.digest(digests.getOrDefault(artifact.fingerprint(), ""));
    loaded.add(servable);
    return servable;
  }

  @Override
  public Optional<String> digest(VersionArtifact artifact) {
    digestsAsked.add(artifact.fingerprint());
    return Optional.ofNullable(digests.get(artifact.fingerprint()));
  }
}
