package io.millrace.server.engine.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Carries strings into the engine and out of it byte for byte, also those that its Java binding
 * would change. Thread-safe.
 *
 * <p>In: where {@link BindingText#carried} finds an element at risk, the tensor is made by the
 * engine itself, as the constant of a throw-away model; that takes a few hundred microseconds. Out:
 * what was read is carried in again and compared with the original inside the engine. Where they
 * differ, other readings are tried, and a tensor that none fits is refused.
 */
final class StringTensors implements AutoCloseable {
  private static final List<Function<String, byte[]>> READINGS =
      List.of(BindingText::withFourByteCharacters, BindingText::withStrayBytes);

  private final SessionFactory sessions;
  private final OrtSession equal;
  private final PaddedReader paddedReader;

  StringTensors(SessionFactory sessions) throws OrtException {
    this.sessions = sessions;
    this.equal = sessions.open(TinyModel.equal());
    try {
      this.paddedReader = new PaddedReader(sessions);
    } catch (OrtException e) {
      equal.close();
      throw e;
    }
  }

  /** A tensor of these strings that lives as long as the scope. */
  OnnxTensor create(List<byte[]> elements, long[] shape, NativeScope scope) throws OrtException {
    String[] texts = new String[elements.size()];
    for (int i = 0; i < texts.length; i++) {
      Optional<String> text = BindingText.carried(elements.get(i));
      if (text.isEmpty()) {
        return createExactly(elements, shape, scope);
      }
      texts[i] = text.get();
    }
    return scope.keep(OnnxTensor.createTensor(sessions.environment(), texts, shape));
  }

  /**
   * The strings of a tensor.
   *
   * @throws ServingException with ENGINE_ERROR if they hold bytes that cannot be read
   */
  List<byte[]> read(String name, OnnxTensor tensor) throws OrtException {
    String[] plain = PaddedReader.texts(tensor);
    List<byte[]> elements = new ArrayList<>(Stream.of(plain).map(BindingText::asRead).toList());
    BitSet wrong = differences(tensor, elements);
    if (!wrong.isEmpty()) {
      readAgain(paddedReader.read(tensor, plain), tensor, elements, wrong);
    }
    if (!wrong.isEmpty()) {
      throw ServingException.refusal(
          Reason.ENGINE_ERROR,
          "output %s holds bytes that this server cannot read from the engine"
              .formatted(Quote.of(name)));
    }
    return elements;
  }

  /** Replaces the wrong elements, and marks those that are right then. */
  private void readAgain(
      List<String> padded, OnnxTensor tensor, List<byte[]> elements, BitSet wrong)
      throws OrtException {
    for (Function<String, byte[]> reading : READINGS) {
      wrong.stream().forEach(i -> elements.set(i, reading.apply(padded.get(i))));
      wrong.and(differences(tensor, elements));
    }
  }

  /** The elements that are not those of the tensor, byte for byte. */
  private BitSet differences(OnnxTensor tensor, List<byte[]> elements) throws OrtException {
    try (NativeScope scope = new NativeScope()) {
      OnnxTensor copy = create(elements, tensor.getInfo().getShape(), scope);
      OrtSession.Result result = scope.keep(equal.run(Map.of("a", tensor, "b", copy)));
      ByteBuffer same = ((OnnxTensor) result.get(0)).getByteBuffer();
      BitSet different = new BitSet();
      IntStream.range(0, elements.size()).filter(i -> same.get(i) == 0).forEach(different::set);
      return different;
    }
  }

  private OnnxTensor createExactly(List<byte[]> elements, long[] shape, NativeScope scope)
      throws OrtException {
    OrtSession constant = scope.keep(sessions.open(TinyModel.constant(elements, shape)));
    return (OnnxTensor) scope.keep(constant.run(Map.of())).get(0);
  }

  @Override
  public void close() throws OrtException {
    try (equal) {
      paddedReader.close();
    }
  }
}
