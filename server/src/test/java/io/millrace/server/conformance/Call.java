package io.millrace.server.conformance;

import java.util.List;

/**
 * What a caller wants of a model, whatever the protocol.
 *
 * @param version as text; empty for the highest
 * @param outputs the names of those that are asked for; none means all
 * @param timeoutMicros 0 for none
 */
record Call(
    String model, String version, List<Input> inputs, List<String> outputs, long timeoutMicros) {
  static Call of(String model, Input... inputs) {
    return new Call(model, "", List.of(inputs), List.of(), 0);
  }

  Call ofVersion(String other) {
    return new Call(model, other, inputs, outputs, timeoutMicros);
  }

  Call asking(String output) {
    return new Call(model, version, inputs, List.of(output), timeoutMicros);
  }

  Call within(long micros) {
    return new Call(model, version, inputs, outputs, micros);
  }
}
