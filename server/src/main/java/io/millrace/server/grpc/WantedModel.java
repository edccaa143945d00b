package io.millrace.server.grpc;

import io.millrace.server.lifecycle.Configuration.Listed;
import io.millrace.server.model.LabelLimit;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.tensorflow.serving.ModelConfig;
import io.millrace.tensorflow.serving.ModelConfigList;
import io.millrace.tensorflow.serving.ModelServerConfig;
import io.millrace.tensorflow.serving.ServableVersionPolicy;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A model that a configuration of TensorFlow Serving lists. Immutable.
 *
 * @param versions those that are to serve; none leaves it to the model's own version policy
 * @param labels those that are to point elsewhere than the model's own configuration says
 */
record WantedModel(String name, Set<Long> versions, Map<String, Long> labels) {
  WantedModel {
    versions = Set.copyOf(versions);
    labels = Map.copyOf(labels);
  }

  /** The same in the words of the models. */
  Listed asListed() {
    return new Listed(versions, labels);
  }

  /**
   * The models that a configuration lists.
   *
   * @param repository the folder of models, as callers name it
   * @throws ServingException naming the first setting that this server cannot follow
   */
  static List<WantedModel> listed(ModelServerConfig config, Optional<Path> repository) {
    return switch (config.getConfigCase()) {
      case MODEL_CONFIG_LIST -> listed(config.getModelConfigList(), repository);
      case CUSTOM_MODEL_CONFIG ->
          throw unsupported(
              "config.custom_model_config",
              "custom_model_config is not supported; list the models in model_config_list");
      case CONFIG_NOT_SET ->
          throw RequestFields.malformed(
              "config", "config is empty; list the models that are to serve in model_config_list");
    };
  }

  private static List<WantedModel> listed(ModelConfigList list, Optional<Path> repository) {
    List<WantedModel> models = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < list.getConfigCount(); i++) {
      String path = "config.model_config_list.config[" + i + "]";
      WantedModel model = listed(path, list.getConfig(i), repository);
      if (!names.add(model.name())) {
        throw RequestFields.malformed(
            path + ".name", "model %s is listed twice".formatted(Quote.of(model.name())));
      }
      models.add(model);
    }
    return models;
  }

  private static WantedModel listed(String path, ModelConfig config, Optional<Path> repository) {
    String name = RequestFields.modelName(path + ".name", config.getName());
    if (!isInRepository(config, repository)) {
      throw unsupported(
          path + ".base_path",
          "base_path %s of model %s is not its folder in this server's repository, and models elsewhere are not served; put it into the repository, and leave base_path empty"
              .formatted(Quote.of(config.getBasePath()), Quote.of(name)));
    }
    String field = path + ".version_labels";
    checkLabelCount(field, name, config.getVersionLabelsCount());
    Map<String, Long> labels = config.getVersionLabelsMap();
    labels.forEach((label, version) -> checkLabel(field, label, version));
    Set<Long> versions = versions(path + ".model_version_policy", config.getModelVersionPolicy());
    labels.forEach((label, version) -> requireListed(field, label, version, versions));
    return new WantedModel(name, versions, labels);
  }

  /** Goes by the text alone: nothing here may wait for a disk. */
  private static boolean isInRepository(ModelConfig config, Optional<Path> repository) {
    if (config.getBasePath().isEmpty()) {
      return true;
    }
    try {
      Path given = Path.of(config.getBasePath()).toAbsolutePath().normalize();
      return repository
          .map(folder -> folder.toAbsolutePath().normalize().resolve(config.getName()))
          .filter(given::equals)
          .isPresent();
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static void checkLabelCount(String field, String model, int count) {
    if (count > LabelLimit.MAX_LABELS) {
      throw ServingException.refusal(
          Reason.PARAMETER_INVALID,
          field,
          LabelLimit.breach(model, count) + "; leave out those that nobody calls it by");
    }
  }

  private static void checkLabel(String field, String label, long version) {
    var unused = RequestFields.label(field, label);
    unused = RequestFields.version(field + "[" + Quote.of(label) + "]", version);
  }

  /** A label must not point at a version that this very configuration unloads. */
  private static void requireListed(String field, String label, long version, Set<Long> versions) {
    if (!versions.isEmpty() && !versions.contains(version)) {
      throw RequestFields.malformed(
          field + "[" + Quote.of(label) + "]",
          "label %s points at version %d, which is not among the versions in specific, %s; list it there, or point the label at one of them"
              .formatted(Quote.of(label), version, new TreeSet<>(versions)));
    }
  }

  private static Set<Long> versions(String path, ServableVersionPolicy policy) {
    return switch (policy.getPolicyChoiceCase()) {
      case SPECIFIC -> specific(path + ".specific.versions", policy.getSpecific());
      case LATEST, ALL ->
          throw unsupported(
              path,
              "which versions serve is for version_policy in the model's config.yaml; leave model_version_policy out, or name versions in specific");
      case POLICYCHOICE_NOT_SET -> Set.of();
    };
  }

  private static Set<Long> specific(String field, ServableVersionPolicy.Specific specific) {
    if (specific.getVersionsCount() == 0) {
      throw RequestFields.malformed(field, "specific names no version; name one or more");
    }
    for (int i = 0; i < specific.getVersionsCount(); i++) {
      var unused = RequestFields.version(field + "[" + i + "]", specific.getVersions(i));
    }
    return new HashSet<>(specific.getVersionsList());
  }

  private static ServingException unsupported(String field, String message) {
    return ServingException.refusal(Reason.UNSUPPORTED_OPERATION, field, message);
  }
}
