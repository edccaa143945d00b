package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.Problem;
import io.millrace.server.model.BatchingConfig;
import io.millrace.server.model.BrokenVersion;
import io.millrace.server.model.DataType;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.InstancesConfig;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Preprocess;
import io.millrace.server.model.Reason;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionPolicy;
import io.millrace.server.repository.VersionFolder.Contents;
import io.millrace.server.repository.VersionFolder.Unusable;
import io.millrace.server.repository.VersionFolder.Usable;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class WishPolicyTest {
  private static final VersionPolicy ALL = new VersionPolicy.All();
  private static final VersionPolicy LATEST = new VersionPolicy.Latest(1);

  private final WishPolicy policy = new WishPolicy(true);

  @Test
  void latest_keepsOneAndLeavesOlderOnesToStepIn() {
    DesiredVersions wish =
        policy.wish(facts(settings(LATEST), onnx(1), onnx(3), onnx(2))).versions();

    assertThat(wish.candidates())
        .map(artifact -> artifact.id().version())
        .containsExactly(3L, 2L, 1L);
    assertThat(wish.keep()).isEqualTo(1);
    assertThat(wish.broken()).isEmpty();
  }

  @Test
  void brokenVersion_isToldAndLeavesTheOthersAlone() {
    Wish wish = policy.wish(facts(settings(LATEST), onnx(1), unusable(2)));

    assertThat(wish.versions().candidates()).hasSize(1);
    assertThat(wish.versions().keep()).isEqualTo(1);
    BrokenVersion broken = wish.versions().broken().get(0);
    assertThat(broken.id()).hasToString("iris/2");
    assertThat(broken.problem().reason()).isEqualTo(Reason.MODEL_LOAD_FAILED);
    assertThat(broken.problem()).hasMessage("iris/2: is wrong; mend it");
    assertThat(wish.problems()).map(Problem::toString).containsExactly("iris/2: is wrong; mend it");
  }

  @Test
  void brokenVersion_countsAmongThoseToServe() {
    // It may serve already, and must not lose its place by breaking.
    assertThat(policy.wish(facts(settings(LATEST), unusable(2))).versions().keep()).isEqualTo(1);
    assertThat(policy.wish(facts(settings(ALL), onnx(1), unusable(2))).versions().keep())
        .isEqualTo(2);
  }

  @Test
  void brokenVersionThatNobodyWants_isNotTold() {
    VersionPolicy specific = new VersionPolicy.Specific(new TreeSet<>(Set.of(1L)));

    Wish wish = policy.wish(facts(settings(specific), onnx(1), unusable(2)));

    assertThat(wish.versions().broken()).isEmpty();
    assertThat(wish.problems()).isEmpty();
    assertThat(wish.versions().excluded()).containsExactly(2L);
    assertThat(wish.versions().policy()).isEqualTo(specific);
  }

  @Test
  void versionThatThePolicyLeavesOut_isSpare_unlessItIsBroken() {
    VersionPolicy specific = new VersionPolicy.Specific(new TreeSet<>(Set.of(1L)));

    Wish wish = policy.wish(facts(settings(specific), onnx(1), onnx(2), unusable(3)));

    assertThat(wish.versions().spare()).map(version -> version.id().version()).containsExactly(2L);
  }

  @Test
  void torchScriptWhereNotAllowed_isBrokenWithTheWayToAllowIt() {
    Wish wish = new WishPolicy(false).wish(facts(settings(ALL), onnx(1), torchScript(2)));

    assertThat(wish.versions().candidates()).hasSize(1);
    assertThat(wish.versions().broken().get(0).problem())
        .hasMessage(
            "iris/2: model.pt is TorchScript, which is code and may do all that the server may; if"
                + " you trust the file, set allow_torchscript: true or --allow-torchscript");
    assertThat(policy.wish(facts(settings(ALL), torchScript(2))).versions().broken()).isEmpty();
  }

  @Test
  void versionOfAnotherEngine_isBroken() {
    ModelSettings settings =
        new ModelSettings(ModelFormat.ONNX, ModelConfig.DERIVED, ALL, Map.of());

    Wish wish = policy.wish(facts(settings, onnx(1), torchScript(2)));

    assertThat(wish.versions().broken().get(0).problem())
        .hasMessage(
            "iris/2: model.pt does not fit engine: onnxruntime in config.yaml; set engine:"
                + " pytorch, or put model.onnx there");
  }

  @Test
  void configThatNeverWasGood_breaksEveryVersion() {
    Wish wish = policy.wish(facts(bad("one"), null, onnx(1), unusable(2)));

    assertThat(wish.versions().candidates()).isEmpty();
    assertThat(wish.versions().keep()).isZero();
    assertThat(wish.versions().broken())
        .allSatisfy(b -> assertThat(b.problem()).hasMessage("iris/config.yaml:1: one; mend it"))
        .hasSize(2);
    assertThat(wish.problems()).hasSize(1);
  }

  @Test
  void configWithManyProblems_isToldInOneLine() {
    Wish wish = policy.wish(facts(bad("1", "2", "3", "4", "5", "6"), null, onnx(1)));

    assertThat(wish.versions().broken().get(0).problem())
        .hasMessage(
            "iris/config.yaml:1: 1; mend it | iris/config.yaml:1: 2; mend it |"
                + " iris/config.yaml:1: 3; mend it | iris/config.yaml:1: 4; mend it |"
                + " iris/config.yaml:1: 5; mend it");
    assertThat(wish.problems()).hasSize(6);
  }

  @Test
  void badConfigWithNoVersion_isOnlyTold() {
    Wish wish = policy.wish(facts(bad("one"), null));

    assertThat(wish.wantsSameAs(Wish.none("iris"))).isTrue();
    assertThat(wish.problems()).hasSize(1);
  }

  @Test
  void badConfigAfterAGoodOne_leavesThatInForce() {
    Wish wish = policy.wish(facts(bad("one"), settings(ALL), onnx(1)));

    assertThat(wish.versions().candidates()).hasSize(1);
    assertThat(wish.problems()).isEmpty();
  }

  @Test
  void labelsThatPointNowhere_areUtteredAndTold() {
    Map<String, Long> labels = Map.of("stable", 1L, "canary", 3L, "next", 9L);
    ModelSettings settings = new ModelSettings(null, ModelConfig.DERIVED, LATEST, labels);

    Wish wish = policy.wish(facts(settings, onnx(1), onnx(3)));

    assertThat(wish.versions().labels()).isEqualTo(labels);
    assertThat(wish.problems())
        .map(Problem::toString)
        .containsExactly(
            "iris/config.yaml: the label 'next' points at version 9, which is not there; there are"
                + " the versions [1, 3]",
            "iris/config.yaml: the label 'stable' points at version 1, which version_policy"
                + " (latest: 1) leaves out; choose a version_policy that serves it, such as all");
  }

  @Test
  void specificVersionThatIsNotThere_isTold() {
    VersionPolicy specific = new VersionPolicy.Specific(new TreeSet<>(Set.of(1L, 4L)));
    ModelSettings settings =
        new ModelSettings(null, ModelConfig.DERIVED, specific, Map.of("old", 2L));

    assertThat(policy.wish(facts(settings, onnx(1), onnx(2))).problems())
        .map(Problem::toString)
        .containsExactly(
            "iris/config.yaml: version_policy points at version 4, which is not there; there are"
                + " the versions [1, 2]",
            "iris/config.yaml: the label 'old' points at version 2, which version_policy"
                + " (specific: [1, 4]) leaves out; choose a version_policy that serves it, such as"
                + " all");
  }

  private static ModelConfig classifying() {
    return new ModelConfig(
        List.of(),
        List.of(),
        InstancesConfig.DERIVED,
        BatchingConfig.DERIVED,
        new OutputRoles("probabilities", "", ""),
        Preprocess.NONE);
  }

  @Test
  void fingerprint_changesWithWhatALoaderSeesAndNothingElse() {
    ModelConfig named =
        new ModelConfig(List.of(TensorSpec.of("x", DataType.FP32, -1)), List.of(), 0);
    String plain = fingerprint(settings(ALL));

    assertThat(fingerprint(settings(LATEST))).isEqualTo(plain);
    assertThat(
            fingerprint(
                new ModelSettings(ModelFormat.ONNX, ModelConfig.DERIVED, ALL, Map.of("a", 1L))))
        .isEqualTo(plain);
    assertThat(fingerprint(new ModelSettings(null, named, ALL, Map.of()))).isNotEqualTo(plain);
    assertThat(
            fingerprint(
                new ModelSettings(null, new ModelConfig(List.of(), List.of(), 3), ALL, Map.of())))
        .isNotEqualTo(plain);
    assertThat(fingerprint(new ModelSettings(null, classifying(), ALL, Map.of())))
        .isNotEqualTo(plain);
  }

  private String fingerprint(ModelSettings settings) {
    return policy.wish(facts(settings, onnx(1))).versions().candidates().get(0).fingerprint();
  }

  private static ModelSettings settings(VersionPolicy versions) {
    return new ModelSettings(null, ModelConfig.DERIVED, versions, Map.of());
  }

  private static ConfigFile bad(String... faults) {
    List<Problem> problems =
        Arrays.stream(faults)
            .map(fault -> new Problem("iris/config.yaml:1", fault, "mend it"))
            .toList();
    return new ConfigFile(ModelSettings.DEFAULT, problems, "bad", Instant.EPOCH);
  }

  private static WishPolicy.Facts facts(ModelSettings settings, VersionFolder... versions) {
    return facts(ConfigFile.ABSENT, settings, versions);
  }

  private static WishPolicy.Facts facts(
      ConfigFile config, @Nullable ModelSettings settings, VersionFolder... versions) {
    Set<Long> present = new TreeSet<>();
    List.of(versions).forEach(version -> present.add(version.number()));
    return new WishPolicy.Facts("iris", config, settings, List.of(versions), present);
  }

  private static VersionFolder onnx(long number) {
    return version(number, new Usable(ModelFormat.ONNX, Path.of("model.onnx")));
  }

  private static VersionFolder torchScript(long number) {
    return version(number, new Usable(ModelFormat.TORCHSCRIPT, Path.of("model.pt")));
  }

  private static VersionFolder unusable(long number) {
    return version(number, new Unusable(new Problem("iris/" + number, "is wrong", "mend it")));
  }

  private static VersionFolder version(long number, Contents contents) {
    return new VersionFolder(number, contents, "fingerprint", Instant.EPOCH);
  }
}
