package io.millrace.server.grpc;

import com.google.protobuf.Any;
import io.millrace.server.inference.ExampleTask;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import io.millrace.tensorflow.SignatureDef;
import io.millrace.tensorflow.TensorInfo;
import io.millrace.tensorflow.TensorShapeProto;
import io.millrace.tensorflow.serving.GetModelMetadataRequest;
import io.millrace.tensorflow.serving.GetModelMetadataResponse;
import io.millrace.tensorflow.serving.SignatureDefMap;
import java.util.List;

/** What a model takes and gives, as TensorFlow Serving's GetModelMetadata tells it. */
final class TensorFlowSignature {
  private static final String FIELD = "signature_def";
  private static final String PREDICT = "tensorflow/serving/predict";

  private TensorFlowSignature() {}

  /** Refuses a request that asks for nothing, or for what there is not. */
  static void requireKnownFields(GetModelMetadataRequest request) {
    for (int i = 0; i < request.getMetadataFieldCount(); i++) {
      String field = request.getMetadataField(i);
      if (!field.equals(FIELD)) {
        throw RequestFields.malformed(
            "metadata_field[" + i + "]",
            "there is no metadata_field %s; ask for '%s'".formatted(Quote.of(field), FIELD));
      }
    }
    if (request.getMetadataFieldCount() == 0) {
      throw RequestFields.malformed(
          "metadata_field", "metadata_field is empty; ask for '%s'".formatted(FIELD));
    }
  }

  static GetModelMetadataResponse encode(ModelCatalog.ServedVersion served) {
    SignatureDefMap.Builder signatures =
        SignatureDefMap.newBuilder()
            .putSignatureDef(
                TensorFlowModelSpec.SIGNATURE, definition(PREDICT, served.signature()));
    ExampleTask.signatures(served.roles(), served.signature(), served.labels())
        .forEach(
            (method, signature) ->
                signatures.putSignatureDef(method, definition(method, signature)));
    return GetModelMetadataResponse.newBuilder()
        .setModelSpec(TensorFlowModelSpec.answering(served.id()))
        .putMetadata(FIELD, Any.pack(signatures.build()))
        .build();
  }

  private static SignatureDef definition(String method, Signature signature) {
    SignatureDef.Builder definition = SignatureDef.newBuilder().setMethodName(method);
    signature.inputs().forEach(spec -> definition.putInputs(spec.name(), info(spec)));
    signature.outputs().forEach(spec -> definition.putOutputs(spec.name(), info(spec)));
    return definition.build();
  }

  private static TensorInfo info(TensorSpec spec) {
    return TensorInfo.newBuilder()
        .setName(spec.name())
        .setDtype(TensorFlowTypes.toWire(spec.dtype()))
        .setTensorShape(shape(spec.shape(), spec.dimensionNames()))
        .build();
  }

  /**
   * A shape.
   *
   * @param names of its dimensions; empty if they have none
   */
  static TensorShapeProto shape(Shape shape, List<String> names) {
    TensorShapeProto.Builder encoded = TensorShapeProto.newBuilder();
    for (int i = 0; i < shape.rank(); i++) {
      TensorShapeProto.Dim.Builder dim = TensorShapeProto.Dim.newBuilder().setSize(shape.size(i));
      if (!names.isEmpty()) {
        dim.setName(names.get(i));
      }
      encoded.addDim(dim);
    }
    return encoded.build();
  }
}
