package io.millrace.server.rest;

import com.google.protobuf.ByteString;
import io.millrace.server.model.CallParameters;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.util.List;

/**
 * Reads a body that is the bytes of a model's only input and nothing else (Triton's raw binary
 * request). The shape follows from the model's and from the number of bytes; of BYTES the whole
 * body is one element, without its length before it. All outputs come back as bytes. Pure.
 */
final class RawInput {
  private RawInput() {}

  static InferBody read(Signature signature, ByteString body) {
    if (signature.inputs().size() != 1) {
      throw Refusals.malformed(
          Content.BODY,
          "%s: 0 sends the one input of a model as the whole body, but this one has %s; send JSON that names them"
              .formatted(
                  HeadLength.NAME,
                  signature.inputs().stream().map(TensorSpec::name).map(Quote::of).toList()));
    }
    Tensor input = tensor(signature.inputs().get(0), Content.ofBody(ContentKind.RAW, body));
    return new InferBody("", List.of(input), WantedOutputs.ALL_BINARY, CallParameters.NONE);
  }

  private static Tensor tensor(TensorSpec input, Content content) {
    return input.dtype() == DataType.BYTES
        ? SingleValue.read(content, input)
        : RawContent.read(content, input, ContentQuery.NONE, "send JSON with the shape");
  }
}
