package io.millrace.server.grpc;

import io.millrace.server.model.CallParameters;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionSelector;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A request of {@code millrace.v1.PredictionService} in whatever form, and what is wrong with it.
 */
record PredictCodec(PredictRequest request) implements ReadRequest {
  private static final Set<DataType> SIGNED =
      Set.of(DataType.INT8, DataType.INT16, DataType.INT32, DataType.INT64);
  private static final Set<DataType> UNSIGNED =
      Set.of(DataType.UINT8, DataType.UINT16, DataType.UINT32, DataType.UINT64);
  private static final Set<DataType> FLOATS = Set.of(DataType.FP32, DataType.FP16, DataType.BF16);

  @Override
  public String id() {
    return request.getId();
  }

  @Override
  public long timeoutMicros() {
    return parameters().timeoutMicros();
  }

  private CallParameters parameters() {
    return ParameterCodec.ofPredict(request.getParametersMap());
  }

  @Override
  public Map<String, String> subject() {
    ModelSpec spec = request.getModelSpec();
    ErrorSubject subject = ErrorSubject.ofModel(spec.getName()).requestId(request.getId());
    return switch (spec.getVersionChoiceCase()) {
      case VERSION -> subject.version(Long.toString(spec.getVersion())).toMetadata();
      case VERSION_LABEL -> subject.version(spec.getVersionLabel()).toMetadata();
      case VERSIONCHOICE_NOT_SET -> subject.toMetadata();
    };
  }

  @Override
  public InferenceRequest decode(InferenceDoor.Patience patience) {
    ModelSpec spec = request.getModelSpec();
    String model = RequestFields.modelName("model_spec.name", spec.getName());
    VersionSelector version = version(spec);
    checkCounts(request);
    InferenceRequest call =
        new InferenceRequest(
            model,
            version,
            inputs(request),
            request.getOutputFilterList(),
            patience.deadlineNanos(),
            patience.cancellation());
    return parameters()
        .applyTo(call, System.nanoTime())
        .naming(ClassificationCodec.ofPredict(request.getParametersMap()));
  }

  private static VersionSelector version(ModelSpec spec) {
    if (!spec.getSignatureName().isEmpty()) {
      throw RequestFields.malformed(
          "model_spec.signature_name", "models have one signature; leave signature_name empty");
    }
    return switch (spec.getVersionChoiceCase()) {
      case VERSION -> RequestFields.version("model_spec.version", spec.getVersion());
      case VERSION_LABEL -> RequestFields.label("model_spec.version_label", spec.getVersionLabel());
      case VERSIONCHOICE_NOT_SET -> VersionSelector.LATEST;
    };
  }

  private static void checkCounts(PredictRequest request) {
    RequestFields.checkId(request.getId());
    RequestFields.checkTensorCount("inputs", request.getInputsCount());
    RequestFields.checkTensorCount("output_filter", request.getOutputFilterCount());
    RequestFields.checkParameterCount("parameters", request.getParametersCount());
    RequestFields.checkTensorNames(
        "inputs[%d].name",
        request.getInputsList().stream().map(io.millrace.v1.Tensor::getName).toList());
    RequestFields.checkTensorNames("output_filter[%d]", request.getOutputFilterList());
  }

  private static List<Tensor> inputs(PredictRequest request) {
    List<Tensor> inputs = new ArrayList<>(request.getInputsCount());
    for (int i = 0; i < request.getInputsCount(); i++) {
      inputs.add(tensor("inputs[" + i + "]", request.getInputs(i)));
    }
    return inputs;
  }

  /**
   * A tensor of a request.
   *
   * @param path where it stands, such as {@code inputs[2]}
   */
  static Tensor tensor(String path, io.millrace.v1.Tensor wire) {
    DataType dtype = DataTypes.fromProto(path + ".dtype", wire.getDtype(), wire.getDtypeValue());
    Shape shape =
        TensorCodec.named(
            wire.getName(),
            () -> TensorShapes.decode(path, dtype, wire.getShapeCount(), wire::getShape));
    TensorCodec.Head head = new TensorCodec.Head(path, wire.getName(), dtype, shape);
    if (wire.getRaw().isEmpty()) {
      return TensorCodec.fromTyped(head, lists(path, wire));
    }
    if (typedCount(wire) > 0) {
      throw RequestFields.malformed(
          path + ".raw", "%s has values both in raw and in a typed list; fill one".formatted(path));
    }
    return TensorCodec.fromRaw(head, path + ".raw", wire.getRaw());
  }

  private static long typedCount(io.millrace.v1.Tensor wire) {
    return (long) wire.getBoolValCount()
        + wire.getIntValCount()
        + wire.getUintValCount()
        + wire.getFp32ValCount()
        + wire.getFp64ValCount()
        + wire.getBytesValCount();
  }

  private static List<TypedValues> lists(String path, io.millrace.v1.Tensor wire) {
    return List.of(
        TypedValues.bools(path + ".bool_val", wire.getBoolValCount(), wire::getBoolVal),
        TypedValues.signed(path + ".int_val", SIGNED, wire.getIntValCount(), wire::getIntVal),
        TypedValues.unsigned(
            path + ".uint_val", UNSIGNED, wire.getUintValCount(), wire::getUintVal),
        TypedValues.floats(path + ".fp32_val", FLOATS, wire.getFp32ValCount(), wire::getFp32Val),
        TypedValues.doubles(path + ".fp64_val", wire.getFp64ValCount(), wire::getFp64Val),
        TypedValues.bytes(path + ".bytes_val", wire.getBytesValCount(), wire::getBytesVal));
  }
}
