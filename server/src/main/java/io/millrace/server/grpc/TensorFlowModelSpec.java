package io.millrace.server.grpc;

import com.google.protobuf.Int64Value;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Quote;
import io.millrace.server.model.VersionSelector;
import io.millrace.tensorflow.serving.ModelSpec;
import java.util.Map;

/** Which model and version a request of TensorFlow Serving is about, in its {@code model_spec}. */
record TensorFlowModelSpec(ModelSpec spec) {
  /** The one signature of models here that takes tensors. */
  static final String SIGNATURE = "serving_default";

  String model() {
    return RequestFields.modelName("model_spec.name", spec.getName());
  }

  VersionSelector version() {
    return switch (spec.getVersionChoiceCase()) {
      case VERSION -> RequestFields.version("model_spec.version", spec.getVersion().getValue());
      case VERSION_LABEL -> RequestFields.label("model_spec.version_label", spec.getVersionLabel());
      case VERSIONCHOICE_NOT_SET -> VersionSelector.LATEST;
    };
  }

  /** The signature that is named; empty for the default. */
  String signatureName() {
    return spec.getSignatureName();
  }

  /**
   * Refuses a signature of which no model takes tensors.
   *
   * @throws io.millrace.server.model.ServingException if one is named that is not the default
   */
  void requireKnownSignature() {
    String name = signatureName();
    if (!name.isEmpty() && !name.equals(SIGNATURE)) {
      throw RequestFields.malformed(
          "model_spec.signature_name",
          "the model has no signature %s; it has '%s'".formatted(Quote.of(name), SIGNATURE));
    }
  }

  /** What an error is about, as far as the request says it. */
  Map<String, String> subject() {
    ErrorSubject subject = ErrorSubject.ofModel(spec.getName());
    return switch (spec.getVersionChoiceCase()) {
      case VERSION -> subject.version(Long.toString(spec.getVersion().getValue())).toMetadata();
      case VERSION_LABEL -> subject.version(spec.getVersionLabel()).toMetadata();
      case VERSIONCHOICE_NOT_SET -> subject.toMetadata();
    };
  }

  /** What an answer says of the version that it comes from. */
  static ModelSpec.Builder answering(ModelVersionId id) {
    return ModelSpec.newBuilder().setName(id.model()).setVersion(Int64Value.of(id.version()));
  }

  /**
   * Which version and which signature an answer of a model came from.
   *
   * @param signature as the request names it; empty for the default
   */
  static ModelSpec ofAnswer(ModelVersionId id, String signature) {
    return answering(id).setSignatureName(signature.isEmpty() ? SIGNATURE : signature).build();
  }
}
