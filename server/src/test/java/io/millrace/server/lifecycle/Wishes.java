package io.millrace.server.lifecycle;

import io.millrace.server.model.AskedVersions;
import io.millrace.server.model.BrokenVersion;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.TransitionOrder;
import io.millrace.server.model.VersionArtifact;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/** Wishes for the model that tests speak of. */
public final class Wishes {
  public static final String MODEL = "iris";

  private Wishes() {}

  /** That the newest of these versions serve; all have the fingerprint "a". */
  public static DesiredVersions newest(int keep, long... versions) {
    return newestOf(MODEL, keep, versions);
  }

  /** The same of another model. */
  static DesiredVersions newestOf(String model, int keep, long... versions) {
    return new DesiredVersions(
        model,
        LongStream.of(versions)
            .mapToObj(version -> artifact(new ModelVersionId(model, version), "a"))
            .toList(),
        keep,
        List.of(),
        Map.of());
  }

  public static DesiredVersions labelled(DesiredVersions wish, Map<String, Long> labels) {
    return new DesiredVersions(wish.model(), wish.candidates(), wish.keep(), wish.broken(), labels);
  }

  /** That the newest of these versions serve; more are there that the policy leaves out. */
  public static DesiredVersions sparing(long spare, DesiredVersions wish) {
    return new DesiredVersions(
        wish.model(),
        wish.candidates(),
        wish.keep(),
        wish.broken(),
        wish.labels(),
        wish.policy(),
        Set.of(spare),
        List.of(artifact(spare, "a")),
        AskedVersions.NOTHING,
        TransitionOrder.AVAILABILITY_PRESERVING,
        "");
  }

  /** That one version serve whose files have this fingerprint. */
  public static DesiredVersions written(long version, String fingerprint) {
    return new DesiredVersions(
        MODEL, List.of(artifact(version, fingerprint)), 1, List.of(), Map.of());
  }

  public static DesiredVersions nothing() {
    return DesiredVersions.none(MODEL);
  }

  static DesiredVersions onlyBroken(long version, String fingerprint) {
    return new DesiredVersions(
        MODEL, List.of(), 1, List.of(broken(version, fingerprint)), Map.of());
  }

  static VersionArtifact artifact(long version, String fingerprint) {
    return artifact(id(version), fingerprint);
  }

  private static VersionArtifact artifact(ModelVersionId id, String fingerprint) {
    return new VersionArtifact(
        id, ModelFormat.ONNX, Path.of("model.onnx"), ModelConfig.DERIVED, fingerprint);
  }

  static BrokenVersion broken(long version, String fingerprint) {
    return new BrokenVersion(
        id(version),
        ServingException.refusal(Reason.MODEL_LOAD_FAILED, "there is no model file"),
        fingerprint);
  }

  static ModelVersionId id(long version) {
    return new ModelVersionId(MODEL, version);
  }
}
