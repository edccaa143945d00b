package io.millrace.server.grpc;

import com.google.protobuf.CodedOutputStream;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import io.millrace.tensorflow.TensorProto;
import io.millrace.tensorflow.TensorShapeProto;
import io.millrace.tensorflow.serving.ModelSpec;
import io.millrace.tensorflow.serving.PredictResponse;
import java.io.IOException;
import java.util.List;

/** The bytes of TensorFlow Serving's {@code PredictResponse}, with all values in lists. */
final class TensorFlowReply extends EncodedReply {
  /** The fields of an entry, which are the same in each map of protobuf's. */
  private static final int KEY = 1;

  private static final int VALUE = 2;

  private final ModelSpec spec;
  private final List<Output> outputs;

  private TensorFlowReply(int size, ModelSpec spec, List<Output> outputs) {
    super(size);
    this.spec = spec;
    this.outputs = outputs;
  }

  /**
   * The answer.
   *
   * @param maxBytes the most that all lists may take: a negative INT8 takes ten times its byte
   * @throws ServingException if they take more
   */
  static TensorFlowReply of(InferenceResponse response, int maxBytes) {
    List<TypedList> lists = response.outputs().stream().map(TypedList::of).toList();
    var unused = requireAtMost(maxBytes, lists.stream().mapToLong(TypedList::bytes).sum());
    ModelSpec spec =
        TensorFlowModelSpec.ofAnswer(response.version(), TensorFlowModelSpec.SIGNATURE);
    List<Output> outputs = lists.stream().map(Output::of).toList();
    long size = CodedOutputStream.computeMessageSize(PredictResponse.MODEL_SPEC_FIELD_NUMBER, spec);
    for (Output output : outputs) {
      size += sizeOfMessage(PredictResponse.OUTPUTS_FIELD_NUMBER, output.entrySize());
    }
    return new TensorFlowReply(requireAtMost(Integer.MAX_VALUE, size), spec, outputs);
  }

  @Override
  void write(CodedOutputStream out) throws IOException {
    for (Output output : outputs) {
      begin(out, PredictResponse.OUTPUTS_FIELD_NUMBER, (int) output.entrySize());
      output.write(out);
    }
    out.writeMessage(PredictResponse.MODEL_SPEC_FIELD_NUMBER, spec);
  }

  /**
   * An output as an entry of the map.
   *
   * @param size what the tensor's message takes
   */
  private record Output(TypedList list, TensorShapeProto shape, long size) {
    static Output of(TypedList list) {
      Tensor tensor = list.tensor();
      TensorShapeProto shape = TensorFlowSignature.shape(tensor.shape(), List.of());
      long size =
          CodedOutputStream.computeEnumSize(TensorProto.DTYPE_FIELD_NUMBER, dtype(tensor))
              + CodedOutputStream.computeMessageSize(TensorProto.TENSOR_SHAPE_FIELD_NUMBER, shape)
              + list.bytes();
      return new Output(list, shape, size);
    }

    private static int dtype(Tensor tensor) {
      return TensorFlowTypes.toWire(tensor.dtype()).getNumber();
    }

    long entrySize() {
      return sizeOfText(KEY, list.tensor().name()) + sizeOfMessage(VALUE, size);
    }

    void write(CodedOutputStream out) throws IOException {
      writeText(out, KEY, list.tensor().name());
      begin(out, VALUE, (int) size);
      out.writeEnum(TensorProto.DTYPE_FIELD_NUMBER, dtype(list.tensor()));
      out.writeMessage(TensorProto.TENSOR_SHAPE_FIELD_NUMBER, shape);
      list.write(out);
    }
  }
}
