package io.millrace.server.grpc;

import com.google.protobuf.CodedOutputStream;
import io.millrace.server.inference.Classification;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ServingException;
import io.millrace.tensorflow.serving.Class;
import io.millrace.tensorflow.serving.ClassificationResponse;
import io.millrace.tensorflow.serving.ClassificationResult;
import io.millrace.tensorflow.serving.Classifications;
import io.millrace.tensorflow.serving.ModelSpec;
import java.io.IOException;

/** The bytes of TensorFlow Serving's {@code ClassificationResponse}. */
final class ClassificationReply extends EncodedReply {
  private final Classification classification;
  private final int resultSize;
  private final ModelSpec spec;

  private ClassificationReply(
      int size, Classification classification, int resultSize, ModelSpec spec) {
    super(size);
    this.classification = classification;
    this.resultSize = resultSize;
    this.spec = spec;
  }

  /**
   * The answer.
   *
   * @param signature that the request names; may be empty
   * @param maxBytes the most that it may take: each score has its name beside it
   * @throws ServingException if it takes more, or the model has not answered scores
   */
  static ClassificationReply of(InferenceResponse response, String signature, int maxBytes) {
    Classification classification = Classification.of(response);
    long result = 0;
    for (int row = 0; row < classification.rows(); row++) {
      int size = requireAtMost(maxBytes, sizeOfRow(classification, row));
      result += sizeOfMessage(ClassificationResult.CLASSIFICATIONS_FIELD_NUMBER, (long) size);
    }
    int resultSize = requireAtMost(maxBytes, result);
    ModelSpec spec = TensorFlowModelSpec.ofAnswer(response.version(), signature);
    long size =
        sizeOfMessage(ClassificationResponse.RESULT_FIELD_NUMBER, (long) resultSize)
            + CodedOutputStream.computeMessageSize(
                ClassificationResponse.MODEL_SPEC_FIELD_NUMBER, spec);
    return new ClassificationReply(
        requireAtMost(Integer.MAX_VALUE, size), classification, resultSize, spec);
  }

  private static long sizeOfRow(Classification classification, int row) {
    long size = 0;
    for (int index = 0; index < classification.classes(); index++) {
      size +=
          sizeOfMessage(
              Classifications.CLASSES_FIELD_NUMBER, sizeOfClass(classification.label(row, index)));
    }
    return size;
  }

  private static int sizeOfClass(String label) {
    return sizeOfText(Class.LABEL_FIELD_NUMBER, label)
        + CodedOutputStream.computeFloatSize(Class.SCORE_FIELD_NUMBER, 0);
  }

  @Override
  void write(CodedOutputStream out) throws IOException {
    begin(out, ClassificationResponse.RESULT_FIELD_NUMBER, resultSize);
    for (int row = 0; row < classification.rows(); row++) {
      writeRow(out, row);
    }
    out.writeMessage(ClassificationResponse.MODEL_SPEC_FIELD_NUMBER, spec);
  }

  private void writeRow(CodedOutputStream out, int row) throws IOException {
    begin(
        out,
        ClassificationResult.CLASSIFICATIONS_FIELD_NUMBER,
        (int) sizeOfRow(classification, row));
    for (int index = 0; index < classification.classes(); index++) {
      String label = classification.label(row, index);
      begin(out, Classifications.CLASSES_FIELD_NUMBER, sizeOfClass(label));
      writeText(out, Class.LABEL_FIELD_NUMBER, label);
      out.writeFloat(Class.SCORE_FIELD_NUMBER, classification.score(row, index));
    }
  }
}
