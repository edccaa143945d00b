package io.millrace.server.conformance;

import static io.millrace.server.conformance.Dialect.because;
import static io.millrace.server.conformance.Dialect.firstOf;
import static io.millrace.server.conformance.Dialect.hasBits;
import static io.millrace.server.conformance.Dialect.isNumber;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.wire.WireMessage;
import io.millrace.server.wire.WireMessage.Fields;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/** Predict of {@code millrace.v1.PredictionService}. */
record MillraceWire(Place place) implements Dialect {
  private static final String METHOD = "millrace.v1.PredictionService/Predict";

  /** The types by their numbers, from 1. */
  private static final List<DataType> BY_NUMBER =
      List.of(
          DataType.BOOL,
          DataType.UINT8,
          DataType.UINT16,
          DataType.UINT32,
          DataType.UINT64,
          DataType.INT8,
          DataType.INT16,
          DataType.INT32,
          DataType.INT64,
          DataType.FP16,
          DataType.BF16,
          DataType.FP32,
          DataType.FP64,
          DataType.BYTES);

  @Override
  public Request request(Call call) {
    WireMessage spec = new WireMessage().text(1, call.model());
    if (!call.version().isEmpty()) {
      spec.number(2, Long.parseLong(call.version()));
    }
    WireMessage message = new WireMessage().message(1, spec);
    call.inputs().forEach(input -> message.message(3, tensor(input)));
    call.outputs().forEach(output -> message.text(4, output));
    if (call.timeoutMicros() > 0) {
      long bits = Double.doubleToLongBits((double) call.timeoutMicros());
      message.entry(5, "timeout", new WireMessage().fixed64(2, bits));
    }
    return Request.grpc(METHOD, message);
  }

  @Override
  public Optional<Request> twofold(Call call) {
    return place == Place.BYTES
        ? Optional.of(new MillraceWire(Place.BOTH).request(call))
        : Optional.empty();
  }

  private WireMessage tensor(Input input) {
    WireMessage tensor =
        new WireMessage()
            .text(1, input.name())
            .number(2, BY_NUMBER.indexOf(input.dtype()) + 1L)
            .packed(3, input.sizes());
    if (place.hasBytes()) {
      tensor.bytes(4, input.raw().toByteArray());
    }
    if (place.hasList()) {
      addList(tensor, input);
    }
    return tensor;
  }

  private static void addList(WireMessage tensor, Input input) {
    List<Element> elements = input.elements();
    switch (input.dtype()) {
      case BOOL -> tensor.packed(5, elements.stream().mapToLong(Element::whole).toArray());
      case INT8, INT16, INT32, INT64 ->
          tensor.packed(6, elements.stream().mapToLong(e -> zigzag(e.whole())).toArray());
      case UINT8, UINT16, UINT32, UINT64 ->
          tensor.packed(7, elements.stream().mapToLong(Element::whole).toArray());
      case FP16, BF16, FP32 -> tensor.bytes(8, singles(elements));
      case FP64 -> tensor.bytes(9, input.raw().toByteArray());
      case BYTES -> elements.forEach(element -> tensor.bytes(10, element.bits().toByteArray()));
    }
  }

  /** The form of sint64, in which small numbers of either sign are short. */
  private static long zigzag(long value) {
    return (value << 1) ^ (value >> (Long.SIZE - 1));
  }

  private static byte[] singles(List<Element> elements) {
    ByteBuffer singles =
        ByteBuffer.allocate(elements.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    elements.forEach(element -> singles.putFloat(element.single()));
    return singles.array();
  }

  @Override
  public List<Output> answer(Reply reply, List<TensorSpec> specs) {
    return Fields.of(reply.body().toByteArray()).messages(3).stream()
        .map(MillraceWire::output)
        .toList();
  }

  private static Output output(Fields tensor) {
    List<ByteString> raw = tensor.all(4).stream().map(ByteString::copyFrom).toList();
    DataType dtype = BY_NUMBER.get((int) tensor.number(2) - 1);
    return new Output(tensor.text(1), dtype, tensor.packed(3), ByteString.copyFrom(raw));
  }

  @Override
  public Optional<String> cannotSay(Call call) {
    return firstOf(
        List.of(
            because(place.hasBytes() && !hasBits(call), "bytes hold no value beyond their type"),
            because(!isNumber(call.version()), "a version is a number in this protocol")));
  }
}
