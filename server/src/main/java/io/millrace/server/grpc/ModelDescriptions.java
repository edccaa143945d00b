package io.millrace.server.grpc;

import io.millrace.server.lifecycle.ModelStatus;
import io.millrace.server.lifecycle.VersionStatus;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionSelector;
import io.millrace.v1.GetModelMetadataResponse;
import io.millrace.v1.GetModelStatusResponse;
import io.millrace.v1.ModelSummary;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The models as {@code millrace.v1.ModelService} describes them. Thread-safe.
 *
 * @param catalog where the models are
 */
record ModelDescriptions(ModelCatalog catalog) {
  ModelSummary summary(ModelStatus model) {
    return ModelSummary.newBuilder()
        .setName(model.model())
        .setEngine(engine(model.model()))
        .addAllModelVersionStatus(encode(model.versions()))
        .putAllLabels(model.labels())
        .build();
  }

  /** Empty while no version serves. */
  private String engine(String model) {
    try {
      return catalog.served(model, VersionSelector.LATEST).engine();
    } catch (ServingException e) {
      return "";
    }
  }

  /**
   * The chosen version of a model, or all of them.
   *
   * @throws ServingException if there is none
   */
  GetModelStatusResponse status(String model, VersionSelector selector) {
    return GetModelStatusResponse.newBuilder()
        .addAllModelVersionStatus(encode(versions(model, selector)))
        .build();
  }

  /** What {@link #status} tells of. */
  List<VersionStatus> versions(String model, VersionSelector selector) {
    return chosen(known(model), selector);
  }

  private static List<io.millrace.v1.ModelVersionStatus> encode(List<VersionStatus> versions) {
    return versions.stream().map(VersionStatusCodec::encode).toList();
  }

  private ModelStatus known(String name) {
    Optional<ModelStatus> model = catalog.model(name);
    if (model.isEmpty()) {
      // A call of the model would hear why: nobody knows it, or nobody does yet.
      var unused = catalog.served(name, VersionSelector.LATEST);
      model = catalog.model(name);
    }
    return model.orElseThrow(
        () ->
            ServingException.refusal(
                Reason.MODEL_NOT_FOUND, "there is no model " + Quote.of(name)));
  }

  private static List<VersionStatus> chosen(ModelStatus model, VersionSelector selector) {
    if (selector instanceof VersionSelector.Latest) {
      return model.versions();
    }
    long number = number(model, selector);
    return model.versions().stream()
        .filter(version -> version.id().version() == number)
        .findFirst()
        .map(List::of)
        .orElseThrow(() -> noVersion(model, selector));
  }

  /** The version that is meant, or 0, which no version has. */
  private static long number(ModelStatus model, VersionSelector selector) {
    if (selector instanceof VersionSelector.ByLabel byLabel) {
      return model.labels().getOrDefault(byLabel.label(), 0L);
    }
    return selector instanceof VersionSelector.ByNumber byNumber ? byNumber.version() : 0;
  }

  private static ServingException noVersion(ModelStatus model, VersionSelector selector) {
    String wanted =
        selector instanceof VersionSelector.ByLabel byLabel
            ? "label " + Quote.of(byLabel.label())
            : "version " + number(model, selector);
    return ServingException.refusal(
        Reason.VERSION_NOT_FOUND, "model %s has no %s".formatted(Quote.of(model.model()), wanted));
  }

  /**
   * The inputs and outputs of the version that a call would use.
   *
   * @throws ServingException for the reason that the call would get
   */
  GetModelMetadataResponse metadata(String model, VersionSelector selector) {
    var served = catalog.served(model, selector);
    return GetModelMetadataResponse.newBuilder()
        .setName(model)
        .setVersion(served.id().version())
        .setEngine(served.engine())
        .addAllInputs(specs(served.signature().inputs()))
        .addAllOutputs(specs(served.signature().outputs()))
        .putAllLabels(catalog.model(model).map(ModelStatus::labels).orElse(Map.of()))
        .setDigest(served.digest())
        .build();
  }

  private static List<io.millrace.v1.TensorSpec> specs(List<TensorSpec> specs) {
    return specs.stream().map(ModelDescriptions::spec).toList();
  }

  private static io.millrace.v1.TensorSpec spec(TensorSpec spec) {
    return io.millrace.v1.TensorSpec.newBuilder()
        .setName(spec.name())
        .setDtype(DataTypes.toProto(spec.dtype()))
        .addAllShape(TensorCodec.sizes(spec.shape()))
        .addAllDimensionNames(spec.dimensionNames())
        .build();
  }
}
