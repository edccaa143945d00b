package io.millrace.server.bench;

import java.util.Locale;

/** How the calls travel. */
public enum Protocol {
  /** {@code millrace.v1.PredictionService/Predict} by gRPC. */
  PREDICT("Predict by gRPC"),
  /** {@code inference.GRPCInferenceService/ModelInfer} by gRPC. */
  INFER("ModelInfer by gRPC"),
  /** {@code POST /v1/models/NAME:predict}, TensorFlow Serving's JSON. */
  REST(":predict by REST"),
  /** {@code POST /v2/models/NAME/infer}, the Open Inference Protocol's JSON. */
  REST_INFER("/infer by REST");

  private final String words;

  Protocol(String words) {
    this.words = words;
  }

  boolean isRest() {
    return this == REST || this == REST_INFER;
  }

  /** As it is written on the command line: {@code rest-infer}. */
  String spelling() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** For people. */
  @Override
  public String toString() {
    return words;
  }
}
