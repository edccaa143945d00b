package io.millrace.server.rest;

import com.google.protobuf.ByteString;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.CallParameters;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.RawValues;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Reads a body that is the bytes of a model's only input and nothing else (Triton's raw binary
 * request). The shape follows from the model's and from the number of bytes; of BYTES the whole
 * body is one element, without its length before it. All outputs come back as bytes. Pure.
 */
final class RawInput {
  private static final String FIELD = "body";

  private RawInput() {}

  static InferBody read(Signature signature, ByteString body) {
    if (signature.inputs().size() != 1) {
      throw Refusals.malformed(
          FIELD,
          "%s: 0 sends the one input of a model as the whole body, but this one has %s; send JSON that names them"
              .formatted(
                  HeadLength.NAME,
                  signature.inputs().stream().map(TensorSpec::name).map(Quote::of).toList()));
    }
    Tensor input = tensor(signature.inputs().get(0), body);
    return new InferBody("", List.of(input), WantedOutputs.ALL_BINARY, CallParameters.NONE);
  }

  private static Tensor tensor(TensorSpec spec, ByteString body) {
    if (spec.dtype() == DataType.BYTES) {
      ByteBuffer element = BytesElements.encode(List.of(body.toByteArray()));
      return new Tensor(spec.name(), spec.dtype(), shape(spec, 1, body.size()), element);
    }
    int elementBytes = spec.dtype().byteSize();
    if (body.size() % elementBytes != 0) {
      throw doesNotFit(spec, body.size());
    }
    Shape shape = shape(spec, body.size() / elementBytes, body.size());
    ByteBuffer values = BinaryTensors.view(body);
    return Refusals.named(
        spec.name(),
        () -> {
          RawValues.check(FIELD, spec.dtype(), shape, values);
          return new Tensor(spec.name(), spec.dtype(), shape, values);
        });
  }

  private static Shape shape(TensorSpec spec, int elements, int bytes) {
    if (isAmbiguous(spec.shape())) {
      throw Refusals.wrongShape(
          FIELD,
          "input %s leaves more than one size open beside its rows, so bytes alone do not say its shape; send JSON with the shape"
              .formatted(spec));
    }
    return ImpliedShape.of(spec.shape(), elements).orElseThrow(() -> doesNotFit(spec, bytes));
  }

  /** An open first size is that of the batch, and a body without a shape is one row. */
  private static boolean isAmbiguous(Shape shape) {
    int open = 0;
    for (int i = 1; i < shape.rank(); i++) {
      open += shape.size(i) == Shape.ANY ? 1 : 0;
    }
    return open > 1;
  }

  private static ServingException doesNotFit(TensorSpec spec, int bytes) {
    return ServingException.refusal(
        Reason.TENSOR_SIZE_MISMATCH,
        FIELD,
        "the body of %d bytes makes no whole input %s".formatted(bytes, spec));
  }
}
