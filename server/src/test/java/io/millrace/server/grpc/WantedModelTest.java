package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import io.millrace.server.model.LabelLimit;
import io.millrace.server.model.Reason;
import io.millrace.tensorflow.serving.ModelConfig;
import io.millrace.tensorflow.serving.ModelConfigList;
import io.millrace.tensorflow.serving.ModelServerConfig;
import io.millrace.tensorflow.serving.ServableVersionPolicy;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What of a configuration of TensorFlow Serving this server can follow. */
final class WantedModelTest {
  private static final Optional<Path> REPOSITORY = Optional.of(Path.of("/models"));
  private static final String PATH = "config.model_config_list.config[0]";

  private static ModelConfig.Builder iris() {
    return ModelConfig.newBuilder().setName("iris");
  }

  private static ModelServerConfig config(ModelConfig.Builder... models) {
    ModelConfigList.Builder list = ModelConfigList.newBuilder();
    Arrays.stream(models).forEach(list::addConfig);
    return ModelServerConfig.newBuilder().setModelConfigList(list).build();
  }

  private static List<WantedModel> listed(ModelConfig.Builder... models) {
    return WantedModel.listed(config(models), REPOSITORY);
  }

  private static void assertRefused(
      ModelConfig.Builder model, Reason reason, String field, String... texts) {
    Refusals.assertRefused(() -> listed(model), reason, PATH + field, texts);
  }

  private static ServableVersionPolicy.Builder specific(Long... versions) {
    return ServableVersionPolicy.newBuilder()
        .setSpecific(ServableVersionPolicy.Specific.newBuilder().addAllVersions(List.of(versions)));
  }

  @Test
  void aModel_hasNameVersionsAndLabels() {
    assertThat(
            listed(
                iris().setModelVersionPolicy(specific(2L, 1L)).putVersionLabels("stable", 1),
                ModelConfig.newBuilder().setName("wine")))
        .containsExactly(
            new WantedModel("iris", Set.of(1L, 2L), Map.of("stable", 1L)),
            new WantedModel("wine", Set.of(), Map.of()));
    assertThat(listed()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/models/iris", "/models/iris/", "/models/../models/./iris"})
  void aBasePathInTheRepository_isTaken(String path) {
    assertThat(listed(iris().setBasePath(path))).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/models",
        "/models/wine",
        "/other/iris",
        "iris",
        "gs://models/iris",
        "/models/iris/1"
      })
  void aBasePathElsewhere_isRefusedByName(String path) {
    assertRefused(
        iris().setBasePath(path),
        Reason.UNSUPPORTED_OPERATION,
        ".base_path",
        "of model 'iris' is not its folder in this server's repository",
        "leave base_path empty");
  }

  @Test
  void aBasePathThatIsNoPath_isRefusedLikeOneElsewhere() {
    assertRefused(
        iris().setBasePath("/models/iris" + (char) 0),
        Reason.UNSUPPORTED_OPERATION,
        ".base_path",
        "'/models/iris\\u{0}'");
  }

  @Test
  void policiesThatTheModelsOwnConfigurationSays_areRefused() {
    for (ServableVersionPolicy.Builder policy :
        List.of(
            ServableVersionPolicy.newBuilder()
                .setLatest(ServableVersionPolicy.Latest.newBuilder().setNumVersions(1)),
            ServableVersionPolicy.newBuilder()
                .setAll(ServableVersionPolicy.All.getDefaultInstance()))) {
      assertRefused(
          iris().setModelVersionPolicy(policy),
          Reason.UNSUPPORTED_OPERATION,
          ".model_version_policy",
          "version_policy in the model's config.yaml");
    }
  }

  @Test
  void nonsense_isRefusedWithItsPlace() {
    assertRefused(iris().setName("a/b"), Reason.REQUEST_MALFORMED, ".name", "'a/b' is no name");
    assertRefused(
        iris().setModelVersionPolicy(specific()),
        Reason.REQUEST_MALFORMED,
        ".model_version_policy.specific.versions",
        "names no version");
    assertRefused(
        iris().setModelVersionPolicy(specific(1L, 0L)),
        Reason.REQUEST_MALFORMED,
        ".model_version_policy.specific.versions[1]",
        "got 0");
    assertRefused(
        iris().putVersionLabels("a b", 1), Reason.REQUEST_MALFORMED, ".version_labels", "'a b'");
    assertRefused(
        iris().putVersionLabels("stable", -1),
        Reason.REQUEST_MALFORMED,
        ".version_labels['stable']",
        "got -1");
    Refusals.assertRefused(
        () -> listed(iris(), iris()),
        Reason.REQUEST_MALFORMED,
        "config.model_config_list.config[1].name",
        "'iris' is listed twice");
  }

  @Test
  void aLabelOnAVersionThatTheConfigurationUnloads_isRefused() {
    assertRefused(
        iris()
            .setModelVersionPolicy(specific(2L, 1L))
            .putVersionLabels("stable", 1)
            .putVersionLabels("canary", 3),
        Reason.REQUEST_MALFORMED,
        ".version_labels['canary']",
        "label 'canary' points at version 3",
        "the versions in specific, [1, 2]");
    assertThat(listed(iris().putVersionLabels("canary", 3)))
        .containsExactly(new WantedModel("iris", Set.of(), Map.of("canary", 3L)));
  }

  @Test
  void moreLabelsThanAModelMayHave_areRefused_whateverTheyAre() {
    ModelConfig.Builder model = iris();
    for (int i = 0; i < LabelLimit.MAX_LABELS; i++) {
      model.putVersionLabels("label-" + i, 1);
    }
    assertThat(listed(model)).hasSize(1);

    assertRefused(
        model.putVersionLabels("no name", -1),
        Reason.PARAMETER_INVALID,
        ".version_labels",
        "model 'iris' would have 101 labels, and the limit is 100");
  }

  @Test
  void aConfigurationWithoutAList_isRefused() {
    Refusals.assertRefused(
        () -> WantedModel.listed(ModelServerConfig.getDefaultInstance(), REPOSITORY),
        Reason.REQUEST_MALFORMED,
        "config",
        "model_config_list");
    Refusals.assertRefused(
        () ->
            WantedModel.listed(
                ModelServerConfig.newBuilder()
                    .setCustomModelConfig(Any.getDefaultInstance())
                    .build(),
                REPOSITORY),
        Reason.UNSUPPORTED_OPERATION,
        "config.custom_model_config",
        "not supported");
  }
}
