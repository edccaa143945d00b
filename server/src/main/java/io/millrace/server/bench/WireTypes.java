package io.millrace.server.bench;

import io.millrace.server.model.DataType;
import java.util.Arrays;
import java.util.Optional;

/** Between the names of data types in the two protocols. */
final class WireTypes {
  private static final String PREFIX = "DT_";

  private WireTypes() {}

  static Optional<DataType> ofName(String name) {
    return Arrays.stream(DataType.values()).filter(dtype -> dtype.name().equals(name)).findFirst();
  }

  static Optional<DataType> ofProto(io.millrace.v1.DataType dtype) {
    return dtype == io.millrace.v1.DataType.UNRECOGNIZED
        ? Optional.empty()
        : ofName(dtype.name().substring(PREFIX.length()));
  }

  static io.millrace.v1.DataType toProto(DataType dtype) {
    return io.millrace.v1.DataType.valueOf(PREFIX + dtype.name());
  }
}
