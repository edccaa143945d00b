package io.millrace.server.conformance;

import io.millrace.server.model.DataType;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import java.util.Optional;

/** How one protocol writes a call and its answer, with tensors in one of its forms. */
interface Dialect {
  Request request(Call call);

  /**
   * Reads an answer.
   *
   * @param specs the model's outputs, for protocols that leave out their names or types
   */
  List<Output> answer(Reply reply, List<TensorSpec> specs);

  /** Why the protocol has no such call in this form; empty if it has. */
  Optional<String> cannotSay(Call call);

  /** The same call with the values of a tensor in two forms at once, where a message has both. */
  default Optional<Request> twofold(Call call) {
    return Optional.empty();
  }

  /** Where in a message values are that can be in several places. */
  enum Place {
    BYTES,
    LIST,
    BOTH;

    boolean hasBytes() {
      return this != LIST;
    }

    boolean hasList() {
      return this != BYTES;
    }
  }

  static boolean has16BitFloats(Call call) {
    return call.inputs().stream()
        .anyMatch(input -> input.dtype() == DataType.FP16 || input.dtype() == DataType.BF16);
  }

  static boolean hasBits(Call call) {
    return call.inputs().stream().allMatch(Input::hasBits);
  }

  static boolean isNumber(String version) {
    return version.isEmpty() || version.matches("[0-9]+");
  }

  /** The reason, if it applies. */
  static Optional<String> because(boolean applies, String reason) {
    return applies ? Optional.of(reason) : Optional.empty();
  }

  /** The first reason that there is. */
  static Optional<String> firstOf(List<Optional<String>> reasons) {
    return reasons.stream().flatMap(Optional::stream).findFirst();
  }
}
