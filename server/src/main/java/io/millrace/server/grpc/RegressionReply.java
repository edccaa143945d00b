package io.millrace.server.grpc;

import com.google.protobuf.CodedOutputStream;
import io.millrace.server.inference.Regression;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ServingException;
import io.millrace.tensorflow.serving.ModelSpec;
import io.millrace.tensorflow.serving.RegressionResponse;
import io.millrace.tensorflow.serving.RegressionResult;
import java.io.IOException;

/** The bytes of TensorFlow Serving's {@code RegressionResponse}. */
final class RegressionReply extends EncodedReply {
  private static final int VALUE = io.millrace.tensorflow.serving.Regression.VALUE_FIELD_NUMBER;

  /** What each value takes as a message. */
  private static final int VALUE_SIZE = CodedOutputStream.computeFloatSize(VALUE, 0);

  private final Regression regression;
  private final int resultSize;
  private final ModelSpec spec;

  private RegressionReply(int size, Regression regression, int resultSize, ModelSpec spec) {
    super(size);
    this.regression = regression;
    this.resultSize = resultSize;
    this.spec = spec;
  }

  /**
   * The answer.
   *
   * @param signature that the request names; may be empty
   * @param maxBytes the most that it may take
   * @throws ServingException if it takes more, or the model has not answered a value for each row
   */
  static RegressionReply of(InferenceResponse response, String signature, int maxBytes) {
    Regression regression = Regression.of(response);
    long result =
        (long) regression.rows()
            * sizeOfMessage(RegressionResult.REGRESSIONS_FIELD_NUMBER, VALUE_SIZE);
    int resultSize = requireAtMost(maxBytes, result);
    ModelSpec spec = TensorFlowModelSpec.ofAnswer(response.version(), signature);
    long size =
        sizeOfMessage(RegressionResponse.RESULT_FIELD_NUMBER, (long) resultSize)
            + CodedOutputStream.computeMessageSize(
                RegressionResponse.MODEL_SPEC_FIELD_NUMBER, spec);
    return new RegressionReply(
        requireAtMost(Integer.MAX_VALUE, size), regression, resultSize, spec);
  }

  @Override
  void write(CodedOutputStream out) throws IOException {
    begin(out, RegressionResponse.RESULT_FIELD_NUMBER, resultSize);
    for (int row = 0; row < regression.rows(); row++) {
      begin(out, RegressionResult.REGRESSIONS_FIELD_NUMBER, VALUE_SIZE);
      out.writeFloat(VALUE, regression.value(row));
    }
    out.writeMessage(RegressionResponse.MODEL_SPEC_FIELD_NUMBER, spec);
  }
}
