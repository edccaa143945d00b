package io.millrace.server.model;

import java.util.List;

/** What a version answered: the tensors in the order that was asked for. */
public record InferenceResponse(ModelVersionId version, List<Tensor> outputs) {
  public InferenceResponse {
    outputs = List.copyOf(outputs);
  }
}
