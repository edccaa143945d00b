package io.millrace.server.grpc;

import com.google.protobuf.CodedOutputStream;
import io.millrace.openinference.InferParameter;
import io.millrace.openinference.ModelInferResponse;
import io.millrace.openinference.ModelStreamInferResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a {@code ModelStreamInferResponse}, which says that no other answer to its request
 * follows.
 */
final class StreamReply extends EncodedReply {
  private static final int ANSWER = ModelStreamInferResponse.INFER_RESPONSE_FIELD_NUMBER;
  private static final int ERROR = ModelStreamInferResponse.ERROR_MESSAGE_FIELD_NUMBER;

  /** Triton's clients wait for it where a request may have several answers. */
  private static final ModelInferResponse FINAL =
      ModelInferResponse.newBuilder()
          .putParameters(
              "triton_final_response", InferParameter.newBuilder().setBoolParam(true).build())
          .build();

  /** What comes behind the fields of an answer; a message's fields may have any order. */
  private static final byte[] FINAL_BYTES = FINAL.toByteArray();

  private final String error;
  private final @Nullable EncodedReply answer;
  private final byte[] fields;

  private StreamReply(String error, @Nullable EncodedReply answer, byte[] fields) {
    super(sizeOfText(ERROR, error) + sizeOfMessage(ANSWER, length(answer, fields)));
    this.error = error;
    this.answer = answer;
    this.fields = fields;
  }

  private static int length(@Nullable EncodedReply answer, byte[] fields) {
    return (answer == null ? 0 : answer.available()) + fields.length;
  }

  /** The answer to a request, which is a {@code ModelInferResponse}. */
  static StreamReply of(EncodedReply answer) {
    return new StreamReply("", answer, FINAL_BYTES);
  }

  /**
   * The answer to a request that failed.
   *
   * @param id what its caller calls it; may be empty
   * @param error why it failed, in words
   * @param reason why it failed, for programs; may be empty
   */
  static StreamReply failed(String id, String error, String reason) {
    ModelInferResponse.Builder fields = FINAL.toBuilder().setId(id);
    if (!reason.isEmpty()) {
      fields.putParameters("reason", InferParameter.newBuilder().setStringParam(reason).build());
    }
    return new StreamReply(error, null, fields.build().toByteArray());
  }

  @Override
  void write(CodedOutputStream out) throws IOException {
    writeText(out, ERROR, error);
    begin(out, ANSWER, length(answer, fields));
    if (answer != null) {
      answer.write(out);
    }
    out.writeRawBytes(fields);
  }
}
