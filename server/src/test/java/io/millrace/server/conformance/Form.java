package io.millrace.server.conformance;

import io.millrace.server.conformance.Dialect.Place;

/**
 * The calls that run a model, in each form that they have for tensors. A new one is a line here.
 */
enum Form {
  MODEL_INFER_BYTES(new OpenInferenceWire(Place.BYTES)),
  MODEL_INFER_LISTS(new OpenInferenceWire(Place.LIST)),
  MODEL_STREAM_BYTES(new StreamedInference(Place.BYTES)),
  MODEL_STREAM_LISTS(new StreamedInference(Place.LIST)),
  PREDICT_BYTES(new MillraceWire(Place.BYTES)),
  PREDICT_LISTS(new MillraceWire(Place.LIST)),
  TENSORFLOW_BYTES(new TensorFlowWire(Place.BYTES)),
  TENSORFLOW_LISTS(new TensorFlowWire(Place.LIST)),
  REST_PREDICT_ROWS(new TensorFlowJson(TensorFlowJson.Layout.ROWS, false)),
  REST_PREDICT_NAMED_ROWS(new TensorFlowJson(TensorFlowJson.Layout.ROWS, true)),
  REST_PREDICT_COLUMNS(new TensorFlowJson(TensorFlowJson.Layout.COLUMNS, false)),
  REST_PREDICT_NAMED_COLUMNS(new TensorFlowJson(TensorFlowJson.Layout.COLUMNS, true)),
  REST_TENSORS_BYTES(new TensorsJson(Place.BYTES)),
  REST_TENSORS_LISTS(new TensorsJson(Place.LIST)),
  REST_INFER_FLAT(new OpenInferenceJson(OpenInferenceJson.Layout.FLAT)),
  REST_INFER_NESTED(new OpenInferenceJson(OpenInferenceJson.Layout.NESTED)),
  REST_INFER_BINARY(new OpenInferenceBinary());

  @SuppressWarnings("ImmutableEnumChecker") // Records of enums, all of them.
  private final Dialect dialect;

  Form(Dialect dialect) {
    this.dialect = dialect;
  }

  Dialect dialect() {
    return dialect;
  }
}
