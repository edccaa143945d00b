package io.millrace.server.grpc;

import com.google.protobuf.CodedOutputStream;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.Tensor;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictResponse;
import java.io.IOException;

/** The bytes of a {@code PredictResponse}, with all values raw. */
final class PredictReply extends EncodedReply {
  private final String id;
  private final InferenceResponse response;

  private PredictReply(int size, String id, InferenceResponse response) {
    super(size);
    this.id = id;
    this.response = response;
  }

  /** The answer to the request of this id. */
  static PredictReply of(String id, InferenceResponse response) {
    int size =
        sizeOfMessage(PredictResponse.MODEL_SPEC_FIELD_NUMBER, specSize(response))
            + sizeOfText(PredictResponse.ID_FIELD_NUMBER, id)
            + CodedOutputStream.computeBoolSize(PredictResponse.FINAL_FIELD_NUMBER, true);
    for (Tensor output : response.outputs()) {
      size += sizeOfMessage(PredictResponse.OUTPUTS_FIELD_NUMBER, tensorSize(output));
    }
    return new PredictReply(size, id, response);
  }

  private static int specSize(InferenceResponse response) {
    return sizeOfText(ModelSpec.NAME_FIELD_NUMBER, response.version().model())
        + CodedOutputStream.computeInt64Size(
            ModelSpec.VERSION_FIELD_NUMBER, response.version().version());
  }

  private static int tensorSize(Tensor tensor) {
    return sizeOfText(io.millrace.v1.Tensor.NAME_FIELD_NUMBER, tensor.name())
        + CodedOutputStream.computeEnumSize(
            io.millrace.v1.Tensor.DTYPE_FIELD_NUMBER, DataTypes.toProto(tensor.dtype()).getNumber())
        + sizeOfSizes(io.millrace.v1.Tensor.SHAPE_FIELD_NUMBER, tensor.shape())
        + (tensor.byteCount() == 0
            ? 0
            : sizeOfMessage(io.millrace.v1.Tensor.RAW_FIELD_NUMBER, tensor.byteCount()));
  }

  @Override
  void write(CodedOutputStream out) throws IOException {
    begin(out, PredictResponse.MODEL_SPEC_FIELD_NUMBER, specSize(response));
    writeText(out, ModelSpec.NAME_FIELD_NUMBER, response.version().model());
    out.writeInt64(ModelSpec.VERSION_FIELD_NUMBER, response.version().version());
    writeText(out, PredictResponse.ID_FIELD_NUMBER, id);
    for (Tensor output : response.outputs()) {
      begin(out, PredictResponse.OUTPUTS_FIELD_NUMBER, tensorSize(output));
      write(out, output);
    }
    out.writeBool(PredictResponse.FINAL_FIELD_NUMBER, true);
  }

  private static void write(CodedOutputStream out, Tensor tensor) throws IOException {
    writeText(out, io.millrace.v1.Tensor.NAME_FIELD_NUMBER, tensor.name());
    out.writeEnum(
        io.millrace.v1.Tensor.DTYPE_FIELD_NUMBER, DataTypes.toProto(tensor.dtype()).getNumber());
    writeSizes(out, io.millrace.v1.Tensor.SHAPE_FIELD_NUMBER, tensor.shape());
    if (tensor.byteCount() > 0) {
      begin(out, io.millrace.v1.Tensor.RAW_FIELD_NUMBER, tensor.byteCount());
      out.writeRawBytes(tensor.data());
    }
  }
}
