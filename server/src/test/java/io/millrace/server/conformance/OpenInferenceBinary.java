package io.millrace.server.conformance;

import static io.millrace.server.conformance.Dialect.because;
import static io.millrace.server.conformance.Dialect.hasBits;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The same by Triton's binary tensors: a JSON head, and behind it the bytes of all tensors. */
record OpenInferenceBinary() implements Dialect {
  static final String HEAD_LENGTH = "inference-header-content-length";

  @Override
  public Request request(Call call) {
    ByteString head = ByteString.copyFromUtf8(head(call));
    List<ByteString> tensors = call.inputs().stream().map(Input::raw).toList();
    return new Request(
        Request.Door.REST,
        OpenInferenceJson.path(call),
        head.concat(ByteString.copyFrom(tensors)),
        List.of(
            HEAD_LENGTH,
            Integer.toString(head.size()),
            "content-type",
            "application/octet-stream"));
  }

  private static String head(Call call) {
    String timeout =
        call.timeoutMicros() == 0 ? "" : ",\"timeout\":%d".formatted(call.timeoutMicros());
    String inputs =
        call.inputs().stream().map(OpenInferenceBinary::tensor).collect(Collectors.joining(","));
    String outputs =
        call.outputs().stream()
            .map(name -> "{\"name\":%s}".formatted(Json.quoted(name)))
            .collect(Collectors.joining(","));
    return "{\"parameters\":{\"binary_data_output\":true%s},\"inputs\":[%s],\"outputs\":[%s]}"
        .formatted(timeout, inputs, outputs);
  }

  private static String tensor(Input input) {
    return "{\"name\":%s,\"shape\":%s,\"datatype\":\"%s\",\"parameters\":{\"binary_data_size\":%d}}"
        .formatted(Json.quoted(input.name()), input.shape(), input.dtype(), input.raw().size());
  }

  @Override
  public List<Output> answer(Reply reply, List<TensorSpec> specs) {
    Json head = Json.of(reply.body().substring(0, reply.jsonBytes()).toStringUtf8());
    List<Output> outputs = new ArrayList<>();
    int at = reply.jsonBytes();
    for (Json tensor : head.get("outputs").items()) {
      int end = at + Integer.parseInt(tensor.get("parameters").get("binary_data_size").text());
      outputs.add(
          new Output(
              tensor.get("name").text(),
              DataType.valueOf(tensor.get("datatype").text()),
              tensor.get("shape").sizes(),
              reply.body().substring(at, end)));
      at = end;
    }
    return outputs;
  }

  @Override
  public Optional<String> cannotSay(Call call) {
    return because(!hasBits(call), "bytes hold no value beyond their type");
  }
}
