package io.millrace.server.conformance;

import static io.millrace.server.conformance.Dialect.because;
import static io.millrace.server.conformance.Dialect.firstOf;
import static io.millrace.server.conformance.Dialect.has16BitFloats;
import static io.millrace.server.conformance.Dialect.hasBits;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.wire.WireMessage;
import io.millrace.server.wire.WireMessage.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** ModelInfer of {@code inference.GRPCInferenceService}. */
record OpenInferenceWire(Place place) implements Dialect {
  static final String METHOD = "inference.GRPCInferenceService/ModelInfer";

  @Override
  public Request request(Call call) {
    return Request.grpc(METHOD, message(call));
  }

  @Override
  public Optional<Request> twofold(Call call) {
    return place == Place.BYTES
        ? Optional.of(new OpenInferenceWire(Place.BOTH).request(call))
        : Optional.empty();
  }

  private WireMessage message(Call call) {
    WireMessage message = new WireMessage().text(1, call.model());
    if (!call.version().isEmpty()) {
      message.text(2, call.version());
    }
    if (call.timeoutMicros() > 0) {
      message.entry(4, "timeout", new WireMessage().number(2, call.timeoutMicros()));
    }
    call.inputs().forEach(input -> message.message(5, tensor(input)));
    call.outputs().forEach(output -> message.message(6, new WireMessage().text(1, output)));
    if (place.hasBytes()) {
      call.inputs().forEach(input -> message.bytes(7, input.raw().toByteArray()));
    }
    return message;
  }

  private WireMessage tensor(Input input) {
    WireMessage tensor =
        new WireMessage()
            .text(1, input.name())
            .text(2, input.dtype().name())
            .packed(3, input.sizes());
    return place.hasList() ? tensor.message(5, contents(input)) : tensor;
  }

  private static WireMessage contents(Input input) {
    WireMessage contents = new WireMessage();
    List<Element> elements = input.elements();
    switch (input.dtype()) {
      case BYTES -> elements.forEach(e -> contents.bytes(8, e.bits().toByteArray()));
      case FP32 -> contents.bytes(6, input.raw().toByteArray());
      case FP64 -> contents.bytes(7, input.raw().toByteArray());
      default ->
          contents.packed(
              list(input.dtype()), elements.stream().mapToLong(Element::whole).toArray());
    }
    return contents;
  }

  private static int list(DataType dtype) {
    return switch (dtype) {
      case BOOL -> 1;
      case INT8, INT16, INT32 -> 2;
      case INT64 -> 3;
      case UINT8, UINT16, UINT32 -> 4;
      case UINT64 -> 5;
      case FP16, BF16, FP32, FP64, BYTES -> throw new IllegalArgumentException(dtype.name());
    };
  }

  @Override
  public List<Output> answer(Reply reply, List<TensorSpec> specs) {
    Fields message = Fields.of(reply.body().toByteArray());
    List<Output> outputs = new ArrayList<>();
    for (Fields tensor : message.messages(5)) {
      ByteString raw = ByteString.copyFrom(message.all(6).get(outputs.size()));
      DataType dtype = DataType.valueOf(tensor.text(2));
      outputs.add(new Output(tensor.text(1), dtype, tensor.packed(3), raw));
    }
    return outputs;
  }

  @Override
  public Optional<String> cannotSay(Call call) {
    return firstOf(
        List.of(
            because(
                place.hasList() && has16BitFloats(call),
                "InferTensorContents has no list for floats of 16 bits"),
            because(place.hasBytes() && !hasBits(call), "bytes hold no value beyond their type")));
  }
}
