package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The {@code timeout} that an infer body names. */
@Timeout(60)
final class InferTimeoutTest {
  private static final Map<String, Signature> IRIS =
      Map.of(
          "iris",
          new Signature(
              List.of(TensorSpec.of("x", DataType.FP32, -1)),
              List.of(TensorSpec.of("y", DataType.FP32, -1))));

  private static String body(String parameters) {
    return ("{'parameters': {%s}, 'inputs': [{'name': 'x', 'datatype': 'FP32', 'shape': [1],"
            + " 'data': [1]}]}")
        .formatted(parameters)
        .replace('\'', '"');
  }

  @Test
  void callThatIsNotAnsweredInItsTime_endsThen() {
    try (RunningRest rest =
        new RunningRest(IRIS, Runnable::run, running -> request -> new CompletableFuture<>())) {
      RunningRest.End end =
          RunningRest.failed(
              () -> rest.stub().v2ModelInfer(RunningRest.request("iris", body("'timeout': 500"))));

      assertThat(end.code()).isEqualTo("DEADLINE_EXCEEDED");
      assertThat(end.reason()).isEqualTo("DEADLINE_IN_ENGINE");
      assertThat(end.message()).startsWith("no answer within 500 microseconds");
    }
  }

  @Test
  void callThatIsAnsweredInItsTime_isLeftAlone() {
    try (RunningRest rest = new RunningRest(IRIS, Runnable::run)) {
      String answer =
          rest.stub()
              .v2ModelInfer(RunningRest.request("iris", body("'timeout': 60000000, 'priority': 1")))
              .getData()
              .toStringUtf8();

      assertThat(answer).contains("\"data\":[1.0]");
    }
  }
}
