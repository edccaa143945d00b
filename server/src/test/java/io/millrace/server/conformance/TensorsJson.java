package io.millrace.server.conformance;

import static io.millrace.server.conformance.Dialect.because;
import static io.millrace.server.conformance.Dialect.hasBits;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.TensorSpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** {@code :predictTensors}: the messages of {@code millrace.v1} in protobuf's JSON. */
record TensorsJson(Place place) implements Dialect {
  @Override
  public Request request(Call call) {
    String version =
        call.version().isEmpty()
            ? ""
            : "\"model_spec\":{\"version\":%s},".formatted(Json.quoted(call.version()));
    String parameters =
        call.timeoutMicros() == 0
            ? ""
            : "\"parameters\":{\"timeout\":%d},".formatted(call.timeoutMicros());
    String inputs = call.inputs().stream().map(this::tensor).collect(Collectors.joining(","));
    String outputs = call.outputs().stream().map(Json::quoted).collect(Collectors.joining(","));
    return Request.rest(
        "/v1/models/%s:predictTensors".formatted(call.model()),
        "{%s%s\"inputs\":[%s],\"output_filter\":[%s]}"
            .formatted(version, parameters, inputs, outputs));
  }

  @Override
  public Optional<Request> twofold(Call call) {
    return place == Place.BYTES
        ? Optional.of(new TensorsJson(Place.BOTH).request(call))
        : Optional.empty();
  }

  private String tensor(Input input) {
    List<String> values = new ArrayList<>();
    if (place.hasBytes()) {
      values.add("\"raw\":" + base64(input.raw()));
    }
    if (place.hasList()) {
      values.add("\"%s\":%s".formatted(list(input.dtype()), list(input)));
    }
    return "{\"name\":%s,\"dtype\":\"DT_%s\",\"shape\":%s,%s}"
        .formatted(
            Json.quoted(input.name()), input.dtype(), input.shape(), String.join(",", values));
  }

  private static String base64(ByteString bytes) {
    return '"' + Base64.getEncoder().encodeToString(bytes.toByteArray()) + '"';
  }

  private static String list(DataType dtype) {
    return switch (dtype) {
      case BOOL -> "bool_val";
      case INT8, INT16, INT32, INT64 -> "int_val";
      case UINT8, UINT16, UINT32, UINT64 -> "uint_val";
      case FP16, BF16, FP32 -> "fp32_val";
      case FP64 -> "fp64_val";
      case BYTES -> "bytes_val";
    };
  }

  /** Numbers as texts, as protobuf writes those of 64 bits and those that are none. */
  private static String list(Input input) {
    return input.elements().stream()
        .map(
            element ->
                switch (input.dtype()) {
                  case BOOL -> element.text();
                  case BYTES -> base64(element.bits());
                  default -> Json.quoted(element.text());
                })
        .collect(Collectors.joining(",", "[", "]"));
  }

  @Override
  public List<Output> answer(Reply reply, List<TensorSpec> specs) {
    return Json.of(reply.text()).get("outputs").items().stream().map(TensorsJson::output).toList();
  }

  private static Output output(Json tensor) {
    DataType dtype = DataType.valueOf(tensor.get("dtype").text().substring("DT_".length()));
    ByteString raw = ByteString.copyFrom(Base64.getDecoder().decode(tensor.get("raw").text()));
    return new Output(tensor.get("name").text(), dtype, tensor.get("shape").sizes(), raw);
  }

  @Override
  public Optional<String> cannotSay(Call call) {
    return because(place.hasBytes() && !hasBits(call), "bytes hold no value beyond their type");
  }
}
