package io.millrace.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DesiredVersionsTest {
  private static VersionArtifact artifact(String model, long version) {
    return new VersionArtifact(
        new ModelVersionId(model, version),
        ModelFormat.ONNX,
        Path.of("model.onnx"),
        ModelConfig.DERIVED,
        "a");
  }

  private static BrokenVersion broken(long version) {
    return new BrokenVersion(
        new ModelVersionId("iris", version),
        ServingException.refusal(Reason.MODEL_LOAD_FAILED, "no file"),
        "b");
  }

  private static DesiredVersions wish(
      int keep, List<VersionArtifact> candidates, BrokenVersion... broken) {
    return new DesiredVersions("iris", candidates, keep, List.of(broken), Map.of());
  }

  @Test
  void none_wantsNothing() {
    DesiredVersions none = DesiredVersions.none("iris");
    assertThat(none.candidates()).isEmpty();
    assertThat(none.broken()).isEmpty();
    assertThat(none.keep()).isZero();
  }

  @Test
  void lists_areCopied() {
    List<VersionArtifact> candidates = new ArrayList<>(List.of(artifact("iris", 1)));
    DesiredVersions wish = wish(1, candidates);
    candidates.clear();
    assertThat(wish.candidates()).hasSize(1);
  }

  @Test
  void negativeKeep_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> wish(-1, List.of()))
        .withMessageContaining("-1");
  }

  @Test
  void versionOfAnotherModel_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> wish(1, List.of(artifact("resnet", 1))))
        .withMessageContaining("resnet/1");
  }

  @Test
  void versionNamedTwice_isRefused() {
    List<VersionArtifact> one = List.of(artifact("iris", 1));
    List<VersionArtifact> twice = List.of(artifact("iris", 1), artifact("iris", 1));
    assertThatIllegalArgumentException().isThrownBy(() -> wish(1, twice));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> wish(1, one, broken(1)))
        .withMessageContaining("iris/1");
  }
}
