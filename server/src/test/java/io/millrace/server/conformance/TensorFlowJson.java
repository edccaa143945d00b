package io.millrace.server.conformance;

import static io.millrace.server.conformance.Dialect.because;
import static io.millrace.server.conformance.Dialect.firstOf;
import static io.millrace.server.conformance.Dialect.has16BitFloats;

import io.millrace.server.model.TensorSpec;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** {@code :predict} of TensorFlow Serving's REST. */
record TensorFlowJson(Layout layout, boolean isNamed) implements Dialect {
  enum Layout {
    ROWS,
    COLUMNS
  }

  @Override
  public Request request(Call call) {
    String version = call.version().isEmpty() ? "" : "/versions/" + call.version();
    Request request =
        Request.rest("/v1/models/%s%s:predict".formatted(call.model(), version), body(call));
    return call.timeoutMicros() > 0
        ? request.withHeader("grpc-timeout", call.timeoutMicros() + "u")
        : request;
  }

  private String body(Call call) {
    return layout == Layout.ROWS
        ? "{\"instances\":[%s]}".formatted(String.join(",", rows(call)))
        : "{\"inputs\":%s}".formatted(columns(call));
  }

  private List<String> rows(Call call) {
    List<List<String>> rows = call.inputs().stream().map(NestedLists::rows).toList();
    return IntStream.range(0, rows.get(0).size())
        .mapToObj(row -> entry(call, rows.stream().map(input -> input.get(row)).toList()))
        .toList();
  }

  private String columns(Call call) {
    return entry(call, call.inputs().stream().map(NestedLists::nested).toList());
  }

  /** One value for each input, with its name or without. */
  private String entry(Call call, List<String> values) {
    return isNamed
        ? IntStream.range(0, values.size())
            .mapToObj(i -> Json.quoted(call.inputs().get(i).name()) + ":" + values.get(i))
            .collect(Collectors.joining(",", "{", "}"))
        : values.get(0);
  }

  @Override
  public List<Output> answer(Reply reply, List<TensorSpec> specs) {
    Json answer = Json.of(reply.text()).get(layout == Layout.ROWS ? "predictions" : "outputs");
    return specs.stream()
        .map(spec -> NestedLists.read(spec.name(), spec.dtype(), column(answer, spec, specs)))
        .toList();
  }

  private Json column(Json answer, TensorSpec spec, List<TensorSpec> specs) {
    if (specs.size() == 1) {
      return answer;
    }
    return layout == Layout.ROWS
        ? new Json.Items(answer.items().stream().map(row -> row.get(spec.name())).toList())
        : answer.get(spec.name());
  }

  @Override
  public Optional<String> cannotSay(Call call) {
    return firstOf(
        List.of(
            because(has16BitFloats(call), "JSON here has no floats of 16 bits"),
            because(
                !isNamed && call.inputs().size() != 1, "only the one input of a model has no name"),
            because(!call.outputs().isEmpty(), "the body names no outputs"),
            because(
                !call.inputs().stream().allMatch(Input::fitsShape), "no shape but that of lists"),
            because(isRows() && anyInput(call, i -> i.rank() == 0), "a scalar has no rows"),
            because(isRows() && anyInput(call, Input::hasNoRows), "a body has a row at least"),
            because(anyInput(call, this::isHidden), "an empty list hides the sizes within it")));
  }

  private boolean isRows() {
    return layout == Layout.ROWS;
  }

  private static boolean anyInput(Call call, Predicate<Input> predicate) {
    return call.inputs().stream().anyMatch(predicate);
  }

  private boolean isHidden(Input input) {
    return NestedLists.hide(input.shape().stream().skip(isRows() ? 1 : 0).toList());
  }
}
