package io.millrace.server.engine.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What a model file says about its inputs and outputs. */
final class OnnxSignature {
  private OnnxSignature() {}

  /**
   * The inputs that a caller must give, and the outputs, in the file's order.
   *
   * @throws ServingException with MODEL_LOAD_FAILED if one of them is no tensor, or of a type that
   *     cannot travel
   */
  static Signature of(OrtSession session) throws OrtException {
    return new Signature(
        specs("input", session.getInputInfo().values()),
        specs("output", session.getOutputInfo().values()));
  }

  private static List<TensorSpec> specs(String kind, Collection<NodeInfo> nodes) {
    List<TensorSpec> specs = new ArrayList<>();
    for (NodeInfo node : nodes) {
      String place = kind + " " + Quote.of(node.getName());
      if (!(node.getInfo() instanceof TensorInfo info)) {
        throw refusal(
            place
                + " is no tensor but a sequence or map; export the model so that it gives plain"
                + " tensors (skl2onnx: options={'zipmap': False})");
      }
      specs.add(spec(place, node.getName(), info));
    }
    return specs;
  }

  private static TensorSpec spec(String place, String name, TensorInfo info) {
    DataType dtype =
        OnnxTypes.dataType(info)
            .orElseThrow(
                () ->
                    refusal(
                        "%s has the element type %s, which cannot be served; cast it in the model"
                            .formatted(place, typeName(info))));
    long[] sizes = info.getShape();
    if (sizes.length > Shape.MAX_RANK) {
      throw refusal(
          "%s has %d dimensions; at most %d can be served"
              .formatted(place, sizes.length, Shape.MAX_RANK));
    }
    return new TensorSpec(name, dtype, Shape.of(sizes), List.of(info.getDimensionNames()));
  }

  private static String typeName(TensorInfo info) {
    return info.onnxType.name().replace("ONNX_TENSOR_ELEMENT_DATA_TYPE_", "");
  }

  private static ServingException refusal(String message) {
    return ServingException.refusal(Reason.MODEL_LOAD_FAILED, message);
  }
}
