package io.millrace.server.conformance;

import com.google.protobuf.ByteString;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.util.List;

/** A tensor that a caller sends; nothing makes sure that it fits its own shape and type. */
record Input(String name, DataType dtype, List<Long> shape, List<Element> elements) {
  static Input of(String name, Values values, List<Long> shape) {
    long count = shape.stream().reduce(1L, Math::multiplyExact);
    return new Input(name, values.dtype(), shape, values.elements((int) count));
  }

  Input withElements(List<Element> others) {
    return new Input(name, dtype, shape, others);
  }

  int rank() {
    return shape.size();
  }

  boolean hasNoRows() {
    return rank() > 0 && shape.get(0) == 0;
  }

  long[] sizes() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }

  /** The values as bytes, as the protocols have them; each of BYTES behind its length. */
  ByteString raw() {
    return dtype == DataType.BYTES
        ? ByteString.copyFrom(
            BytesElements.encode(elements.stream().map(e -> e.bits().toByteArray()).toList()))
        : ByteString.copyFrom(elements.stream().map(Element::bits).toList());
  }

  /** Whether it has as many values as its shape says. */
  boolean fitsShape() {
    return elements.size() == shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** Whether its type can hold all its values. */
  boolean hasBits() {
    return dtype == DataType.BYTES
        || elements.stream().allMatch(element -> element.bits().size() == dtype.byteSize());
  }

  /** As the engine takes it. */
  Tensor tensor() {
    return new Tensor(name, dtype, Shape.of(sizes()), raw().asReadOnlyByteBuffer());
  }
}
