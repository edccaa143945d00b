package io.millrace.server.grpc;

import io.millrace.openinference.InferTensorContents;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferInputTensor;
import io.millrace.openinference.ModelInferRequest.InferRequestedOutputTensor;
import io.millrace.server.model.CallParameters;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A request of the Open Inference Protocol's ModelInfer in whatever form, and what is wrong with
 * it.
 *
 * <p>The values of a request are either all in {@code raw_input_contents} or all in {@code
 * contents}.
 */
record OpenInferenceCodec(ModelInferRequest request) implements ReadRequest {
  private static final Set<DataType> INTS = Set.of(DataType.INT8, DataType.INT16, DataType.INT32);
  private static final Set<DataType> UINTS =
      Set.of(DataType.UINT8, DataType.UINT16, DataType.UINT32);

  @Override
  public String id() {
    return request.getId();
  }

  @Override
  public long timeoutMicros() {
    return parameters().timeoutMicros();
  }

  private CallParameters parameters() {
    return ParameterCodec.ofInfer(request.getParametersMap());
  }

  @Override
  public Map<String, String> subject() {
    return ErrorSubject.ofModel(request.getModelName())
        .version(request.getModelVersion())
        .requestId(request.getId())
        .toMetadata();
  }

  @Override
  public InferenceRequest decode(InferenceDoor.Patience patience) {
    String model = RequestFields.modelName("model_name", request.getModelName());
    List<String> outputs =
        request.getOutputsList().stream().map(InferRequestedOutputTensor::getName).toList();
    checkCounts(request, outputs);
    InferenceRequest call =
        new InferenceRequest(
            model,
            RequestFields.versionText(model, request.getModelVersion()),
            inputs(request),
            outputs,
            patience.deadlineNanos(),
            patience.cancellation());
    return parameters()
        .applyTo(call, System.nanoTime())
        .naming(ClassificationCodec.ofInfer(request.getOutputsList()));
  }

  private static void checkCounts(ModelInferRequest request, List<String> outputs) {
    RequestFields.checkId(request.getId());
    RequestFields.checkTensorCount("inputs", request.getInputsCount());
    RequestFields.checkTensorCount("outputs", outputs.size());
    RequestFields.checkParameterCount("parameters", request.getParametersCount());
    RequestFields.checkTensorNames(
        "inputs[%d].name",
        request.getInputsList().stream().map(InferInputTensor::getName).toList());
    RequestFields.checkTensorNames("outputs[%d].name", outputs);
    SharedMemory.requireNone(request);
  }

  private static List<Tensor> inputs(ModelInferRequest request) {
    boolean raw = request.getRawInputContentsCount() > 0;
    if (raw && request.getRawInputContentsCount() != request.getInputsCount()) {
      throw RequestFields.malformed(
          "raw_input_contents",
          "raw_input_contents has %d entries for %d inputs; it takes one for each"
              .formatted(request.getRawInputContentsCount(), request.getInputsCount()));
    }
    List<Tensor> inputs = new ArrayList<>(request.getInputsCount());
    for (int i = 0; i < request.getInputsCount(); i++) {
      inputs.add(raw ? rawInput(request, i) : typedInput(request, i));
    }
    return inputs;
  }

  private static Tensor rawInput(ModelInferRequest request, int index) {
    InferInputTensor input = request.getInputs(index);
    if (input.hasContents()) {
      throw RequestFields.malformed(
          "inputs[%d].contents".formatted(index),
          "contents field must not be specified when using raw_input_contents for %s for model '%s'"
              .formatted(Quote.of(input.getName()), request.getModelName()));
    }
    return TensorCodec.fromRaw(
        head("inputs[" + index + "]", input),
        "raw_input_contents[" + index + "]",
        request.getRawInputContents(index));
  }

  private static Tensor typedInput(ModelInferRequest request, int index) {
    String path = "inputs[" + index + "]";
    InferInputTensor input = request.getInputs(index);
    return TensorCodec.fromTyped(head(path, input), lists(path + ".contents", input.getContents()));
  }

  private static TensorCodec.Head head(String path, InferInputTensor input) {
    RequestFields.checkParameterCount(path + ".parameters", input.getParametersCount());
    DataType dtype = DataTypes.fromName(path + ".datatype", input.getDatatype());
    Shape shape =
        TensorCodec.named(
            input.getName(),
            () -> TensorShapes.decode(path, dtype, input.getShapeCount(), input::getShape));
    return new TensorCodec.Head(path, input.getName(), dtype, shape);
  }

  private static List<TypedValues> lists(String path, InferTensorContents c) {
    return List.of(
        TypedValues.bools(path + ".bool_contents", c.getBoolContentsCount(), c::getBoolContents),
        TypedValues.signed(
            path + ".int_contents", INTS, c.getIntContentsCount(), c::getIntContents),
        TypedValues.signed(
            path + ".int64_contents",
            Set.of(DataType.INT64),
            c.getInt64ContentsCount(),
            c::getInt64Contents),
        TypedValues.unsigned(
            path + ".uint_contents",
            UINTS,
            c.getUintContentsCount(),
            i -> Integer.toUnsignedLong(c.getUintContents(i))),
        TypedValues.unsigned(
            path + ".uint64_contents",
            Set.of(DataType.UINT64),
            c.getUint64ContentsCount(),
            c::getUint64Contents),
        TypedValues.floats(
            path + ".fp32_contents",
            Set.of(DataType.FP32),
            c.getFp32ContentsCount(),
            c::getFp32Contents),
        TypedValues.doubles(path + ".fp64_contents", c.getFp64ContentsCount(), c::getFp64Contents),
        TypedValues.bytes(
            path + ".bytes_contents", c.getBytesContentsCount(), c::getBytesContents));
  }
}
