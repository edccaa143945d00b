package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import com.google.api.HttpBody;
import io.millrace.server.inference.ExampleTask;
import io.millrace.server.lifecycle.ModelManager;
import io.millrace.server.lifecycle.ModelStatus;
import io.millrace.server.lifecycle.ServableHandle;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Servable;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** What both protocols tell about a model. Thread-safe. */
record ModelDocuments(ModelManager manager, JsonAnswer answer) {
  private static final String PREDICT = "tensorflow/serving/predict";

  /** TensorFlow Serving's: a map of the signatures, as its gRPC packs it into a message. */
  HttpBody signatureDef(ModelPath path) {
    try (ServableHandle handle = manager.acquire(path.model(), path.selector())) {
      Signature signature = handle.servable().signature();
      return answer.pretty(
          json -> {
            json.writeStartObject();
            json.writeObjectFieldStart("model_spec");
            json.writeStringField("name", path.model());
            json.writeStringField("signature_name", "");
            json.writeStringField("version", Long.toString(handle.id().version()));
            json.writeEndObject();
            json.writeObjectFieldStart("metadata");
            json.writeObjectFieldStart("signature_def");
            json.writeObjectFieldStart("signature_def");
            writeSignature(json, PredictBody.DEFAULT_SIGNATURE, PREDICT, signature);
            for (Map.Entry<String, Signature> task : tasks(handle.servable()).entrySet()) {
              writeSignature(json, task.getKey(), task.getKey(), task.getValue());
            }
            for (int i = 0; i < 3; i++) {
              json.writeEndObject();
            }
            writeDigest(json, handle);
            json.writeEndObject();
          });
    }
  }

  private static Map<String, Signature> tasks(Servable servable) {
    return ExampleTask.signatures(servable.roles(), servable.signature(), servable.labels());
  }

  private static void writeSignature(
      JsonGenerator json, String name, String method, Signature signature) throws IOException {
    json.writeObjectFieldStart(name);
    writeTensorInfos(json, "inputs", signature.inputs());
    writeTensorInfos(json, "outputs", signature.outputs());
    json.writeStringField("method_name", method);
    json.writeEndObject();
  }

  /** TensorFlow Serving has no such field; its clients look for those that they know. */
  private static void writeDigest(JsonGenerator json, ServableHandle handle) throws IOException {
    String digest = handle.servable().digest();
    if (!digest.isEmpty()) {
      json.writeStringField("digest", digest);
    }
  }

  private static void writeTensorInfos(JsonGenerator json, String field, List<TensorSpec> specs)
      throws IOException {
    json.writeObjectFieldStart(field);
    for (TensorSpec spec : specs) {
      json.writeObjectFieldStart(spec.name());
      json.writeStringField("dtype", tensorFlowName(spec.dtype()));
      json.writeObjectFieldStart("tensor_shape");
      json.writeArrayFieldStart("dim");
      for (int i = 0; i < spec.shape().rank(); i++) {
        json.writeStartObject();
        json.writeStringField("size", Long.toString(spec.shape().size(i)));
        json.writeStringField("name", spec.dimensionNames().get(i));
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeBooleanField("unknown_rank", false);
      json.writeEndObject();
      json.writeStringField("name", spec.name());
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private static String tensorFlowName(DataType dtype) {
    return switch (dtype) {
      case FP16 -> "DT_HALF";
      case BF16 -> "DT_BFLOAT16";
      case FP32 -> "DT_FLOAT";
      case FP64 -> "DT_DOUBLE";
      case BYTES -> "DT_STRING";
      case BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64 -> "DT_" + dtype;
    };
  }

  /** The Open Inference Protocol's. */
  HttpBody openInference(ModelPath path) {
    try (ServableHandle handle = manager.acquire(path.model(), path.selector())) {
      Signature signature = handle.servable().signature();
      return answer.compact(
          json -> {
            json.writeStartObject();
            json.writeStringField("name", path.model());
            json.writeArrayFieldStart("versions");
            for (String version : readyVersions(path.model())) {
              json.writeString(version);
            }
            json.writeEndArray();
            json.writeStringField("platform", platform(handle.servable().engine()));
            writeTensors(json, "inputs", signature.inputs());
            writeTensors(json, "outputs", signature.outputs());
            if (!handle.servable().digest().isEmpty()) {
              json.writeObjectFieldStart("properties");
              writeDigest(json, handle);
              json.writeEndObject();
            }
            json.writeEndObject();
          });
    }
  }

  private List<String> readyVersions(String model) {
    return manager.model(model).map(ModelStatus::versions).orElse(List.of()).stream()
        .filter(version -> version.state() == VersionState.READY)
        .map(version -> Long.toString(version.id().version()))
        .toList();
  }

  private static void writeTensors(JsonGenerator json, String field, List<TensorSpec> specs)
      throws IOException {
    json.writeArrayFieldStart(field);
    for (TensorSpec spec : specs) {
      json.writeStartObject();
      json.writeStringField("name", spec.name());
      json.writeStringField("datatype", spec.dtype().name());
      json.writeFieldName("shape");
      InferAnswer.writeShape(json, spec.shape());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /** The names that the protocol's clients know, from Triton; others stay as they are. */
  private static String platform(String engine) {
    return switch (engine) {
      case "onnxruntime" -> "onnxruntime_onnx";
      case "pytorch" -> "pytorch_torchscript";
      default -> engine;
    };
  }
}
