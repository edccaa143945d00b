package io.millrace.server.conformance;

import static io.millrace.server.conformance.Dialect.because;
import static io.millrace.server.conformance.Dialect.firstOf;
import static io.millrace.server.conformance.Dialect.has16BitFloats;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** {@code /v2/models/.../infer} of the Open Inference Protocol's REST. */
record OpenInferenceJson(Layout layout) implements Dialect {
  /** How the protocol has the values of a tensor. */
  enum Layout {
    FLAT,
    NESTED
  }

  @Override
  public Request request(Call call) {
    return Request.rest(path(call), body(call));
  }

  static String path(Call call) {
    String version = call.version().isEmpty() ? "" : "/versions/" + call.version();
    return "/v2/models/%s%s/infer".formatted(call.model(), version);
  }

  private String body(Call call) {
    String parameters =
        call.timeoutMicros() == 0
            ? ""
            : "\"parameters\":{\"timeout\":%d},".formatted(call.timeoutMicros());
    String inputs = call.inputs().stream().map(this::tensor).collect(Collectors.joining(","));
    String outputs =
        call.outputs().stream()
            .map(name -> "{\"name\":%s}".formatted(Json.quoted(name)))
            .collect(Collectors.joining(","));
    return "{%s\"inputs\":[%s],\"outputs\":[%s]}".formatted(parameters, inputs, outputs);
  }

  private String tensor(Input input) {
    String data = layout == Layout.FLAT ? NestedLists.flat(input) : NestedLists.nested(input);
    return "{\"name\":%s,\"shape\":%s,\"datatype\":\"%s\",\"data\":%s}"
        .formatted(Json.quoted(input.name()), input.shape(), input.dtype(), data);
  }

  @Override
  public List<Output> answer(Reply reply, List<TensorSpec> specs) {
    return Json.of(reply.text()).get("outputs").items().stream()
        .map(OpenInferenceJson::output)
        .toList();
  }

  private static Output output(Json tensor) {
    DataType dtype = DataType.valueOf(tensor.get("datatype").text());
    List<ByteString> values = NestedLists.values(dtype, tensor.get("data"));
    return Output.of(tensor.get("name").text(), dtype, tensor.get("shape").sizes(), values);
  }

  @Override
  public Optional<String> cannotSay(Call call) {
    return firstOf(
        List.of(
            because(has16BitFloats(call), "JSON here has no floats of 16 bits"),
            because(
                layout == Layout.NESTED && call.inputs().stream().anyMatch(i -> i.rank() == 0),
                "data is a list, which a scalar has none of"),
            because(
                call.inputs().stream().anyMatch(OpenInferenceJson::isNoText),
                "JSON here has texts, not bytes")));
  }

  private static boolean isNoText(Input input) {
    return input.dtype() == DataType.BYTES
        && input.elements().stream().anyMatch(element -> !element.bits().isValidUtf8());
  }
}
