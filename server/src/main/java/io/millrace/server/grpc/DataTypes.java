package io.millrace.server.grpc;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The names of element types on the wire: {@code DT_FP32} in our protocol, "FP32" in the Open. */
final class DataTypes {
  private static final String PREFIX = "DT_";
  private static final Map<String, DataType> BY_NAME =
      Arrays.stream(DataType.values()).collect(Collectors.toMap(DataType::name, t -> t));

  private DataTypes() {}

  static DataType fromProto(String field, io.millrace.v1.DataType wire, int number) {
    DataType known =
        wire == io.millrace.v1.DataType.UNRECOGNIZED
            ? null
            : BY_NAME.get(wire.name().substring(PREFIX.length()));
    if (known == null) {
      String given = number == 0 ? "is not set" : "is the unknown number " + number;
      throw unknown(field, "dtype " + given, name -> PREFIX + name);
    }
    return known;
  }

  static io.millrace.v1.DataType toProto(DataType type) {
    return io.millrace.v1.DataType.valueOf(PREFIX + type.name());
  }

  static DataType fromName(String field, String name) {
    DataType known = BY_NAME.get(name);
    if (known == null) {
      throw unknown(field, "datatype is " + Quote.of(name), Function.identity());
    }
    return known;
  }

  private static ServingException unknown(
      String field, String given, Function<String, String> spelling) {
    String names =
        Arrays.stream(DataType.values())
            .map(DataType::name)
            .map(spelling)
            .collect(Collectors.joining(", "));
    return ServingException.refusal(
        Reason.TENSOR_DTYPE_MISMATCH, field, "%s; it is one of %s".formatted(given, names));
  }
}
