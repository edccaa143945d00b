package io.millrace.server.grpc;

import static java.util.Objects.requireNonNull;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The names of element types on the wire: {@code DT_FP32} in our protocol, "FP32" in the Open, and
 * {@code TYPE_FP32} in its configurations of models.
 */
final class DataTypes {
  private static final String PREFIX = "DT_";
  private static final Map<String, DataType> BY_NAME =
      Arrays.stream(DataType.values()).collect(Collectors.toMap(DataType::name, t -> t));
  private static final Map<DataType, io.millrace.v1.DataType> TO_PROTO =
      new EnumMap<>(DataType.class);
  private static final Map<DataType, io.millrace.openinference.DataType> TO_CONFIG =
      new EnumMap<>(DataType.class);
  private static final Map<io.millrace.v1.DataType, DataType> FROM_PROTO =
      new EnumMap<>(io.millrace.v1.DataType.class);

  static {
    for (DataType type : DataType.values()) {
      io.millrace.v1.DataType wire = io.millrace.v1.DataType.valueOf(PREFIX + type.name());
      TO_PROTO.put(type, wire);
      FROM_PROTO.put(wire, type);
      TO_CONFIG.put(type, configType(type));
    }
  }

  private DataTypes() {}

  static DataType fromProto(String field, io.millrace.v1.DataType wire, int number) {
    DataType known = FROM_PROTO.get(wire);
    if (known == null) {
      String given = number == 0 ? "is not set" : "is the unknown number " + number;
      throw unknown(field, "dtype " + given, name -> PREFIX + name);
    }
    return known;
  }

  /** The type of a number in our protocol; null if it has none. */
  static @Nullable DataType ofNumber(long number) {
    io.millrace.v1.DataType wire =
        number == (int) number ? io.millrace.v1.DataType.forNumber((int) number) : null;
    return wire == null ? null : FROM_PROTO.get(wire);
  }

  /** The type of a name in the Open Inference Protocol; null if it has none. */
  static @Nullable DataType ofName(String name) {
    return BY_NAME.get(name);
  }

  static io.millrace.v1.DataType toProto(DataType type) {
    return requireNonNull(TO_PROTO.get(type));
  }

  /** The type in Triton's ModelConfig. */
  static io.millrace.openinference.DataType toConfig(DataType type) {
    return requireNonNull(TO_CONFIG.get(type));
  }

  private static io.millrace.openinference.DataType configType(DataType type) {
    String name = type == DataType.BYTES ? "STRING" : type.name();
    return io.millrace.openinference.DataType.valueOf("TYPE_" + name);
  }

  static DataType fromName(String field, String name) {
    DataType known = ofName(name);
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
