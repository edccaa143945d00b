package io.millrace.server.inference;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;

/** Counts the rows of a request. Pure. */
final class Rows {
  private Rows() {}

  /**
   * The size of the first dimension of the first input whose signature leaves it open, as for a
   * batch; 1 for a model without such an input.
   *
   * @param request a validated one, its inputs in the signature's order
   */
  static long of(InferenceRequest request, Signature signature) {
    for (int i = 0; i < signature.inputs().size(); i++) {
      Shape spec = signature.inputs().get(i).shape();
      if (spec.rank() > 0 && spec.size(0) == Shape.ANY) {
        return request.inputs().get(i).shape().size(0);
      }
    }
    return 1;
  }
}
