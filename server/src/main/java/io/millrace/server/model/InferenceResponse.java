package io.millrace.server.model;

import java.util.List;

/**
 * What a version answered.
 *
 * @param outputs the tensors in the order that was asked for
 * @param labels what the version calls the classes that it scores
 */
public record InferenceResponse(ModelVersionId version, List<Tensor> outputs, ClassLabels labels) {
  public InferenceResponse {
    outputs = List.copyOf(outputs);
  }

  /** The answer of a version that has no names for classes. */
  public InferenceResponse(ModelVersionId version, List<Tensor> outputs) {
    this(version, outputs, ClassLabels.NONE);
  }
}
