package io.millrace.server.inference;

import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;

/**
 * A value of each example. Immutable.
 *
 * @param values one for each row
 */
public record Regression(Tensor values) {
  /**
   * What a version answered that was asked for the outputs of {@link ExampleTask#REGRESS}.
   *
   * @throws ServingException if it is not one value for each row
   */
  public static Regression of(InferenceResponse response) {
    Tensor values = response.outputs().get(0);
    if (values.shape().rank() == 0 || values.elements() != values.shape().size(0)) {
      throw ServingException.refusal(
          Reason.ENGINE_ERROR,
          "the model answered %s, which is not one value for each row".formatted(values));
    }
    return new Regression(values);
  }

  public int rows() {
    return Math.toIntExact(values.shape().size(0));
  }

  public float value(int row) {
    return ExampleValues.get(values, row);
  }
}
