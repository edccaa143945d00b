package io.millrace.server.model;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a model's configuration says of inputs that callers may send in another form than as a
 * tensor.
 *
 * @param images by the name of the input
 */
public record Preprocess(Map<String, ImagePreprocess> images) {
  public static final Preprocess NONE = new Preprocess(Map.of());

  public Preprocess {
    images = Collections.unmodifiableMap(new TreeMap<>(images));
  }

  /** How an image becomes this input, if it may come as one. */
  public Optional<ImagePlan> imagePlan(TensorSpec input) {
    return Optional.ofNullable(images.get(input.name()))
        .map(settings -> ImagePlan.of(input, settings));
  }

  /**
   * These settings, if a model can be served with them.
   *
   * @throws ServingException with MODEL_LOAD_FAILED, saying which does not fit and why
   */
  public Preprocess fitting(Signature signature) {
    for (String name : images.keySet()) {
      TensorSpec input =
          signature.inputs().stream()
              .filter(spec -> spec.name().equals(name))
              .findFirst()
              .orElseThrow(() -> unknown(name, signature));
      var unused = imagePlan(input);
    }
    return this;
  }

  private static ServingException unknown(String name, Signature signature) {
    return ServingException.refusal(
        Reason.MODEL_LOAD_FAILED,
        "preprocess in config.yaml names the input %s; the inputs are %s"
            .formatted(
                Quote.of(name),
                signature.inputs().stream().map(TensorSpec::name).map(Quote::of).toList()));
  }
}
