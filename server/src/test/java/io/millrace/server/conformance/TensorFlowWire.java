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
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Predict of {@code tensorflow.serving.PredictionService}. */
record TensorFlowWire(Place place) implements Dialect {
  private static final String METHOD = "tensorflow.serving.PredictionService/Predict";

  /**
   * A type in a TensorProto.
   *
   * @param list the field of its values
   */
  private record Numbers(long dtype, int list) {}

  private static final Map<DataType, Numbers> NUMBERS =
      Map.ofEntries(
          Map.entry(DataType.FP32, new Numbers(1, 5)),
          Map.entry(DataType.FP64, new Numbers(2, 6)),
          Map.entry(DataType.INT32, new Numbers(3, 7)),
          Map.entry(DataType.UINT8, new Numbers(4, 7)),
          Map.entry(DataType.INT16, new Numbers(5, 7)),
          Map.entry(DataType.INT8, new Numbers(6, 7)),
          Map.entry(DataType.BYTES, new Numbers(7, 8)),
          Map.entry(DataType.INT64, new Numbers(9, 10)),
          Map.entry(DataType.BOOL, new Numbers(10, 11)),
          Map.entry(DataType.BF16, new Numbers(14, 13)),
          Map.entry(DataType.UINT16, new Numbers(17, 7)),
          Map.entry(DataType.FP16, new Numbers(19, 13)),
          Map.entry(DataType.UINT32, new Numbers(22, 16)),
          Map.entry(DataType.UINT64, new Numbers(23, 17)));

  @Override
  public Request request(Call call) {
    WireMessage spec = new WireMessage().text(1, call.model());
    if (!call.version().isEmpty()) {
      spec.message(2, new WireMessage().number(1, Long.parseLong(call.version())));
    }
    WireMessage message = new WireMessage().message(1, spec);
    call.inputs().forEach(input -> message.entry(2, input.name(), tensor(input)));
    call.outputs().forEach(output -> message.text(3, output));
    return Request.grpc(METHOD, message);
  }

  @Override
  public Optional<Request> twofold(Call call) {
    return place == Place.BYTES
        ? Optional.of(new TensorFlowWire(Place.BOTH).request(call))
        : Optional.empty();
  }

  private WireMessage tensor(Input input) {
    WireMessage shape = new WireMessage();
    input.shape().forEach(size -> shape.message(2, new WireMessage().number(1, size)));
    WireMessage tensor =
        new WireMessage().number(1, NUMBERS.get(input.dtype()).dtype()).message(2, shape);
    if (place.hasBytes()) {
      tensor.bytes(4, content(input).toByteArray());
    }
    if (place.hasList()) {
      addList(tensor, input);
    }
    return tensor;
  }

  /** Texts stand behind the lengths of all of them, everything else as it lies in memory. */
  private static ByteString content(Input input) {
    if (input.dtype() != DataType.BYTES) {
      return input.raw();
    }
    List<ByteString> texts = input.elements().stream().map(Element::bits).toList();
    long[] lengths = texts.stream().mapToLong(ByteString::size).toArray();
    return ByteString.copyFrom(WireMessage.varints(lengths)).concat(ByteString.copyFrom(texts));
  }

  private static void addList(WireMessage tensor, Input input) {
    int list = NUMBERS.get(input.dtype()).list();
    List<Element> elements = input.elements();
    switch (input.dtype()) {
      case FP32, FP64 -> tensor.bytes(list, input.raw().toByteArray());
      case FP16, BF16 ->
          tensor.packed(list, elements.stream().mapToLong(Element::unsignedBits).toArray());
      case BYTES -> elements.forEach(e -> tensor.bytes(list, e.bits().toByteArray()));
      default -> tensor.packed(list, elements.stream().mapToLong(Element::whole).toArray());
    }
  }

  @Override
  public List<Output> answer(Reply reply, List<TensorSpec> specs) {
    return Fields.of(reply.body().toByteArray()).messages(1).stream()
        .map(entry -> output(entry.text(1), entry.message(2)))
        .toList();
  }

  private static Output output(String name, Fields tensor) {
    DataType dtype =
        NUMBERS.entrySet().stream()
            .filter(type -> type.getValue().dtype() == tensor.number(1))
            .findFirst()
            .orElseThrow()
            .getKey();
    List<Long> shape =
        tensor.message(2).messages(2).stream().map(dimension -> dimension.number(1)).toList();
    return Output.of(name, dtype, shape, values(dtype, tensor));
  }

  private static List<ByteString> values(DataType dtype, Fields tensor) {
    int list = NUMBERS.get(dtype).list();
    return switch (dtype) {
      case FP32, FP64, BYTES -> tensor.all(list).stream().map(ByteString::copyFrom).toList();
      default -> tensor.packed(list).stream().map(v -> Element.bits(dtype, v)).toList();
    };
  }

  @Override
  public Optional<String> cannotSay(Call call) {
    return firstOf(
        List.of(
            because(place.hasBytes() && !hasBits(call), "bytes hold no value beyond their type"),
            because(!isNumber(call.version()), "a version is a number in this protocol"),
            because(call.timeoutMicros() > 0, "a call has no time of its own in this protocol")));
  }
}
