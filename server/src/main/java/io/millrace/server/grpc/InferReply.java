package io.millrace.server.grpc;

import com.google.protobuf.CodedOutputStream;
import io.millrace.openinference.ModelInferResponse;
import io.millrace.openinference.ModelInferResponse.InferOutputTensor;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.Tensor;
import java.io.IOException;

/** The bytes of a {@code ModelInferResponse}, with all values raw, as clients read nothing else. */
final class InferReply extends EncodedReply {
  private final String version;
  private final String id;
  private final InferenceResponse response;

  private InferReply(int size, String version, String id, InferenceResponse response) {
    super(size);
    this.version = version;
    this.id = id;
    this.response = response;
  }

  /** The answer to the request of this id. */
  static InferReply of(String id, InferenceResponse response) {
    String version = Long.toString(response.version().version());
    int size =
        sizeOfText(ModelInferResponse.MODEL_NAME_FIELD_NUMBER, response.version().model())
            + sizeOfText(ModelInferResponse.MODEL_VERSION_FIELD_NUMBER, version)
            + sizeOfText(ModelInferResponse.ID_FIELD_NUMBER, id);
    for (Tensor output : response.outputs()) {
      size +=
          sizeOfMessage(ModelInferResponse.OUTPUTS_FIELD_NUMBER, tensorSize(output))
              + sizeOfMessage(
                  ModelInferResponse.RAW_OUTPUT_CONTENTS_FIELD_NUMBER, output.byteCount());
    }
    return new InferReply(size, version, id, response);
  }

  private static int tensorSize(Tensor tensor) {
    return sizeOfText(InferOutputTensor.NAME_FIELD_NUMBER, tensor.name())
        + sizeOfText(InferOutputTensor.DATATYPE_FIELD_NUMBER, tensor.dtype().name())
        + sizeOfSizes(InferOutputTensor.SHAPE_FIELD_NUMBER, tensor.shape());
  }

  @Override
  void write(CodedOutputStream out) throws IOException {
    writeText(out, ModelInferResponse.MODEL_NAME_FIELD_NUMBER, response.version().model());
    writeText(out, ModelInferResponse.MODEL_VERSION_FIELD_NUMBER, version);
    writeText(out, ModelInferResponse.ID_FIELD_NUMBER, id);
    for (Tensor output : response.outputs()) {
      begin(out, ModelInferResponse.OUTPUTS_FIELD_NUMBER, tensorSize(output));
      writeText(out, InferOutputTensor.NAME_FIELD_NUMBER, output.name());
      writeText(out, InferOutputTensor.DATATYPE_FIELD_NUMBER, output.dtype().name());
      writeSizes(out, InferOutputTensor.SHAPE_FIELD_NUMBER, output.shape());
    }
    for (Tensor output : response.outputs()) {
      begin(out, ModelInferResponse.RAW_OUTPUT_CONTENTS_FIELD_NUMBER, output.byteCount());
      out.writeRawBytes(output.data());
    }
  }
}
