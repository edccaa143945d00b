package io.millrace.server.conformance;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** Calls that cannot be answered; resources/refusals.txt has what each protocol says of them. */
enum Refusal {
  UNKNOWN_MODEL(vector("nobody", Values.FP32)),
  UNKNOWN_VERSION(vector("identity-fp32-1", Values.FP32).ofVersion("9")),
  VERSION_ZERO(vector("identity-fp32-1", Values.FP32).ofVersion("0")),
  VERSION_NO_NUMBER(vector("identity-fp32-1", Values.FP32).ofVersion("one")),
  BROKEN_MODEL(vector(ModelFolder.BROKEN, Values.FP32)),
  UNLOADED_MODEL(vector(ModelFolder.UNLOADED, Values.FP32)),
  INPUT_MISSING(Call.of(ModelFolder.SUM_AND_DIFFERENCE, matrix("a"))),
  INPUT_UNKNOWN(Call.of(ModelFolder.SUM_AND_DIFFERENCE, matrix("a"), matrix("b"), matrix("c"))),
  WRONG_TYPE(vector("identity-int64-1", Values.FP32)),
  WRONG_SHAPE(Call.of(ModelFolder.TWO_COLUMNS, Input.of("x", Values.FP32, List.of(1L, 3L)))),
  WRONG_LENGTH(
      Call.of("identity-int32-1", vector(Values.INT32).withElements(Values.INT32.elements(4)))),
  OUT_OF_RANGE(
      Call.of("identity-uint8-1", vector(Values.UINT8).withElements(beyond("1", "256", "2")))),
  OUTPUT_UNKNOWN(vector("identity-fp32-1", Values.FP32).asking("z")),
  TWOFOLD_VALUES(vector("identity-fp32-1", Values.FP32), Dialect::twofold),
  CUT_SHORT(
      vector("identity-fp32-1", Values.FP32),
      (form, call) -> Optional.of(form.request(call).cutShort())),
  TOO_LARGE(
      Call.of(
          "identity-uint8-1",
          new Input(
              "x",
              DataType.UINT8,
              List.of(Refusal.TOO_MANY),
              Collections.nCopies((int) Refusal.TOO_MANY, Element.of("ff", "255"))))),
  TIMEOUT(Call.of(ModelFolder.SLOW, steps("7fffffffffffffff")).within(300_000));

  /** More bytes than the suite's server takes. */
  private static final long TOO_MANY = 70_000;

  @SuppressWarnings("ImmutableEnumChecker") // Its lists cannot be changed.
  private final Call call;

  @SuppressWarnings("ImmutableEnumChecker") // A function without state.
  private final BiFunction<Dialect, Call, Optional<Request>> request;

  Refusal(Call call) {
    this(call, (form, said) -> Optional.of(form.request(said)));
  }

  Refusal(Call call, BiFunction<Dialect, Call, Optional<Request>> request) {
    this.call = call;
    this.request = request;
  }

  /** The call in a form; empty if the form has no such call. */
  Optional<Request> request(Form form) {
    return form.dialect().cannotSay(call).isPresent()
        ? Optional.empty()
        : request.apply(form.dialect(), call);
  }

  private static Call vector(String model, Values values) {
    return Call.of(model, vector(values));
  }

  private static Input vector(Values values) {
    return Input.of("x", values, List.of(3L));
  }

  private static Input matrix(String name) {
    return Input.of(name, Values.FP32, List.of(2L, 2L));
  }

  private static Input steps(String hexadecimal) {
    long count = Long.parseLong(hexadecimal, 16);
    Element element = Element.of(hexadecimal, Long.toString(count));
    return new Input("steps", DataType.INT64, List.of(), List.of(element));
  }

  /** Numbers of which the second has no bits in its type. */
  private static List<Element> beyond(String first, String second, String third) {
    return List.of(
        new Element(ByteString.fromHex("01"), first),
        Element.tooLarge(second),
        new Element(ByteString.fromHex("02"), third));
  }
}
