package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An answer that cannot be written is refused before the model runs for it. */
final class AnswerFormTest {
  private static final Signature HALF =
      new Signature(
          List.of(TensorSpec.of("x", DataType.FP32, -1, 2)),
          List.of(
              TensorSpec.of("y", DataType.FP16, -1, 2), TensorSpec.of("z", DataType.FP32, -1, 2)));

  private static final String ROWS = "{\"instances\": [[1, 2]]}";

  private final AtomicInteger runs = new AtomicInteger();
  private final RunningRest rest =
      new RunningRest(
          Map.of("half", HALF),
          Runnable::run,
          running ->
              request -> {
                runs.incrementAndGet();
                return running.inference.infer(request);
              });

  @AfterEach
  void stop() {
    rest.close();
  }

  private static String infer(String outputs) {
    return ("{'inputs': [{'name': 'x', 'datatype': 'FP32', 'shape': [1, 2], 'data': [1, 2]}],"
            + " 'outputs': [%s]}")
        .formatted(outputs)
        .replace('\'', '"');
  }

  private void assertRefused(RunningRest.End end, String words) {
    assertThat(end.reason()).isEqualTo("UNSUPPORTED_OPERATION");
    assertThat(end.message()).contains(words);
    assertThat(runs).hasValue(0);
  }

  @Test
  void halfNumbersAsJson_areRefusedBeforeTheRun() {
    assertRefused(
        RunningRest.failed(() -> rest.stub().predict(RunningRest.request("half", ROWS))),
        "output 'y' is FP16, which has no form in JSON; call by gRPC");
    assertRefused(
        RunningRest.failed(
            () -> rest.stub().v2ModelInfer(RunningRest.request("half", infer("{'name': 'y'}")))),
        "output 'y' is FP16, which has no form in JSON; ask infer for it");
    assertRefused(
        RunningRest.failed(
            () -> rest.stub().v2ModelGenerate(RunningRest.request("half", "{\"x\": [1, 2]}"))),
        "output 'y' is FP16");
    assertRefused(
        RunningRest.failed(
            () ->
                rest.stub()
                    .predict(
                        RunningRest.request(
                            "half", "application/octet-stream", ByteString.copyFrom(new byte[8])))),
        "output 'y' is FP16");
  }

  @Test
  void otherOutputsOfTheSameModel_areAnswered() {
    String only = infer("{'name': 'z'}");

    assertThat(rest.stub().v2ModelInfer(RunningRest.request("half", only)).getData().toStringUtf8())
        .contains("\"name\":\"z\"");
    assertThat(runs).hasValue(1);
  }

  @Test
  void anAnswerThatNobodyCanWrite_isRefusedBeforeABodyIsRead() {
    RunningRest.End end =
        RunningRest.failed(
            () ->
                rest.stub("accept", "application/x-npy")
                    .predict(
                        RunningRest.request(
                            "half", "image/png", ByteString.copyFromUtf8("no picture"))));

    assertRefused(end, "'y' FP16");
  }
}
