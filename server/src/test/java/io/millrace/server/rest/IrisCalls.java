package io.millrace.server.rest;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import java.util.Map;

/** A model of two numbers in a row, and bodies for it. */
final class IrisCalls {
  static final String BODY = "{\"instances\": [[1, 2]]}";
  static final String INFER =
      "{\"id\": \"7\", \"inputs\": [{\"name\": \"x\", \"datatype\": \"FP32\", \"shape\": [1, 2],"
          + " \"data\": [1, 2.5]}], \"outputs\": [{\"name\": \"y\"}]}";

  static final Map<String, Signature> IRIS =
      Map.of(
          "iris",
          new Signature(
              List.of(TensorSpec.of("x", DataType.FP32, -1, 2)),
              List.of(
                  TensorSpec.of("y", DataType.FP32, -1, 2),
                  TensorSpec.of("z", DataType.FP32, -1, 2))));

  private IrisCalls() {}

  /** A body of this length that asks the same. */
  static String padded(int length) {
    return BODY + " ".repeat(length - BODY.length());
  }
}
