package io.millrace.server.grpc;

import com.google.protobuf.Value;
import io.millrace.openinference.InferParameter;
import io.millrace.openinference.ModelInferRequest.InferRequestedOutputTensor;
import io.millrace.server.model.ClassCounts;
import java.util.List;
import java.util.Map;

/**
 * Reads the parameter {@code classification}: of which outputs a call wants the highest classes.
 */
final class ClassificationCodec {
  private ClassificationCodec() {}

  /** Predict's: a number for all outputs of scores, or an object with numbers by output. */
  static ClassCounts ofPredict(Map<String, Value> parameters) {
    Value value = parameters.get(ClassCounts.PARAMETER);
    if (value == null) {
      return ClassCounts.NONE;
    }
    String path = "parameters." + ClassCounts.PARAMETER;
    if (!value.hasStructValue()) {
      return ClassCounts.ofScores(path, ParameterCodec.whole(value), ParameterCodec.written(value));
    }
    Map<String, Value> byOutput = value.getStructValue().getFieldsMap();
    RequestFields.checkParameterCount(path, byOutput.size());
    ClassCounts counts = ClassCounts.NONE;
    for (Map.Entry<String, Value> each : byOutput.entrySet()) {
      counts =
          counts.with(
              path,
              each.getKey(),
              ParameterCodec.whole(each.getValue()),
              ParameterCodec.written(each.getValue()));
    }
    return counts;
  }

  /** Whether a parameter of this name beside an output's name has a meaning. */
  static boolean isKnown(String name) {
    return name.equals(ClassCounts.PARAMETER);
  }

  /** ModelInfer's: a number beside an output's name, as Triton has it. */
  static ClassCounts ofInfer(List<InferRequestedOutputTensor> outputs) {
    ClassCounts counts = ClassCounts.NONE;
    for (int i = 0; i < outputs.size(); i++) {
      InferParameter count = outputs.get(i).getParametersMap().get(ClassCounts.PARAMETER);
      if (count != null) {
        counts =
            counts.with(
                "outputs[%d].parameters.%s".formatted(i, ClassCounts.PARAMETER),
                outputs.get(i).getName(),
                ParameterCodec.whole(count),
                ParameterCodec.written(count));
      }
    }
    return counts;
  }
}
