package io.millrace.server.engine.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import io.millrace.server.engine.InputBuffer;
import io.millrace.server.engine.RunInput;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Turns our tensors into the engine's and back, for one model. Thread-safe. */
final class TensorConverter implements AutoCloseable {
  private final SessionFactory sessions;
  private final UnsignedCasts casts;
  private final @Nullable StringTensors strings;

  TensorConverter(SessionFactory sessions, Signature signature) throws OrtException {
    this.sessions = sessions;
    this.casts =
        new UnsignedCasts(sessions, signature.inputs().stream().map(TensorSpec::dtype).toList());
    try {
      this.strings = hasStrings(signature) ? new StringTensors(sessions) : null;
    } catch (OrtException e) {
      casts.close();
      throw e;
    }
  }

  /**
   * The tensor for the engine. It lives as long as the scope, and as long as the buffer is not
   * filled again.
   */
  OnnxTensor toEngine(RunInput input, InputBuffer buffer, NativeScope scope) throws OrtException {
    long[] shape = input.shape().toArray();
    if (input.dtype() == DataType.BYTES) {
      return strings().create(elements(input), shape, scope);
    }
    ByteBuffer bytes = buffer.place(input);
    OnnxTensor carried =
        OnnxTensor.createTensor(
            sessions.environment(), bytes, shape, OnnxTypes.carrier(input.dtype()));
    return casts.apply(input.dtype(), scope.keep(carried), scope);
  }

  /** A tensor over direct memory, which must stay as long as the tensor. */
  OnnxTensor over(ByteBuffer memory, Shape shape, DataType dtype) throws OrtException {
    return OnnxTensor.createTensor(
        sessions.environment(), memory, shape.toArray(), OnnxTypes.carrier(dtype));
  }

  /** A copy of the engine's tensor on the heap. */
  Tensor fromEngine(TensorSpec spec, OnnxTensor tensor) throws OrtException {
    Shape shape = Shape.of(tensor.getInfo().getShape());
    ByteBuffer data =
        spec.dtype() == DataType.BYTES
            ? BytesElements.encode(read(spec.name(), tensor))
            : tensor.getByteBuffer();
    return new Tensor(spec.name(), spec.dtype(), shape, data);
  }

  private List<byte[]> read(String name, OnnxTensor tensor) throws OrtException {
    return tensor.getInfo().getNumElements() == 0 ? List.of() : strings().read(name, tensor);
  }

  private static List<byte[]> elements(RunInput input) {
    return input.parts().stream()
        .flatMap(part -> BytesElements.decode(part.data(), part.elements()).stream())
        .toList();
  }

  private StringTensors strings() {
    if (strings == null) {
      throw new IllegalStateException("the model has no strings");
    }
    return strings;
  }

  private static boolean hasStrings(Signature signature) {
    return Stream.concat(signature.inputs().stream(), signature.outputs().stream())
        .anyMatch(spec -> spec.dtype() == DataType.BYTES);
  }

  @Override
  public void close() throws OrtException {
    try (casts) {
      if (strings != null) {
        strings.close();
      }
    }
  }
}
