package io.millrace.server.grpc;

import com.google.protobuf.Value;
import io.millrace.openinference.InferParameter;
import io.millrace.server.model.CallParameters;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;

/** Reads what the parameters of a call say; those that the server does not know are passed over. */
final class ParameterCodec {
  private ParameterCodec() {}

  static CallParameters ofPredict(Map<String, Value> parameters) {
    return read(parameters, ParameterCodec::whole, ParameterCodec::written);
  }

  static CallParameters ofInfer(Map<String, InferParameter> parameters) {
    return read(parameters, ParameterCodec::whole, ParameterCodec::written);
  }

  private static <V> CallParameters read(
      Map<String, V> parameters, Function<V, OptionalLong> number, Function<V, String> written) {
    CallParameters read = CallParameters.NONE;
    for (Map.Entry<String, V> each : parameters.entrySet()) {
      if (CallParameters.isKnown(each.getKey())) {
        V value = each.getValue();
        read = read.with(each.getKey(), number.apply(value), written.apply(value));
      }
    }
    return read;
  }

  static OptionalLong whole(Value value) {
    return value.hasNumberValue() ? whole(value.getNumberValue()) : OptionalLong.empty();
  }

  /** The cast goes to the nearest long there is. */
  private static OptionalLong whole(double number) {
    boolean isWhole = Math.rint(number) == number && !Double.isInfinite(number);
    return isWhole ? OptionalLong.of((long) number) : OptionalLong.empty();
  }

  static OptionalLong whole(InferParameter value) {
    return switch (value.getParameterChoiceCase()) {
      case INT64_PARAM -> OptionalLong.of(value.getInt64Param());
      case UINT64_PARAM -> {
        long bits = value.getUint64Param();
        yield OptionalLong.of(bits < 0 ? Long.MAX_VALUE : bits);
      }
      case DOUBLE_PARAM -> whole(value.getDoubleParam());
      case BOOL_PARAM, STRING_PARAM, PARAMETERCHOICE_NOT_SET -> OptionalLong.empty();
    };
  }

  static String written(Value value) {
    return switch (value.getKindCase()) {
      case NUMBER_VALUE -> Double.toString(value.getNumberValue());
      case STRING_VALUE -> value.getStringValue();
      case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
      case STRUCT_VALUE -> "an object";
      case LIST_VALUE -> "a list";
      case NULL_VALUE, KIND_NOT_SET -> "nothing";
    };
  }

  static String written(InferParameter value) {
    return switch (value.getParameterChoiceCase()) {
      case INT64_PARAM -> Long.toString(value.getInt64Param());
      case UINT64_PARAM -> Long.toUnsignedString(value.getUint64Param());
      case DOUBLE_PARAM -> Double.toString(value.getDoubleParam());
      case STRING_PARAM -> value.getStringParam();
      case BOOL_PARAM -> Boolean.toString(value.getBoolParam());
      case PARAMETERCHOICE_NOT_SET -> "nothing";
    };
  }
}
