package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.ModelVersionStatus;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.State;
import io.millrace.v1.StatusProto;
import io.millrace.v1.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that casts its texts to numbers, and so fails on the empty texts that loads try. */
final class TrialRunIT {
  private static final String MODEL = "add-texts";
  private static final String SAMPLE =
      "{\"instances\": [{\"a\": [\"1\", \"2\"], \"b\": [\"3\", \"4\"]}]%s}";

  @TempDir private Path temp;
  private Path repository;
  private RunningServer server;
  private ManagedChannel channel;

  @BeforeEach
  void serveWithoutSamples() {
    repository = temp.resolve("repository");
    Repositories.drop(repository, MODEL, 1, "add-texts.onnx");
    server = RunningServer.start(repository, "--scan-interval", "100ms");
    channel = server.channel();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static Tensor texts(String name, String... texts) {
    return Tensor.newBuilder()
        .setName(name)
        .setDtype(DataType.DT_BYTES)
        .addAllShape(List.of(1L, (long) texts.length))
        .addAllBytesVal(Arrays.stream(texts).map(ByteString::copyFromUtf8).toList())
        .build();
  }

  private PredictResponse add(String model) {
    return Calls.predict(
        channel,
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName(model))
            .addInputs(texts("a", "1", "20"))
            .addInputs(texts("b", "3", "22"))
            .build());
  }

  private void assertAdds(String model, long version) {
    PredictResponse response = add(model);
    assertThat(response.getModelSpec().getVersion()).isEqualTo(version);
    assertThat(Calls.output(response, "sum").getRaw().toStringUtf8()).contains("4", "42");
  }

  private StatusProto failure(String model, long version) {
    return Calls.status(channel, model).stream()
        .filter(status -> status.getVersion() == version)
        .map(ModelVersionStatus::getStatus)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void modelWithoutSamples_servesAfterOneWarning() {
    assertAdds(MODEL, 1);

    assertThat(server.log().lines().filter(line -> line.contains("WARN")))
        .singleElement()
        .asString()
        .contains("add-texts/1: not tried", "'a' BYTES [-1, 2]", "add-texts/samples/NAME.json");
  }

  @Test
  void newVersionThatFailsOnASample_leavesTheOldOneServing() {
    Path sample = repository.resolve(MODEL).resolve("samples/sum.json");
    String answered = SAMPLE.formatted(", \"expected\": {\"predictions\": [[\"4\", \"6\"]]}");
    Repositories.write(sample, answered);
    Repositories.drop(repository, MODEL, 2, "add-texts.onnx");
    Calls.awaitState(channel, MODEL, 2, State.AVAILABLE);
    assertThat(server.log()).doesNotContain("add-texts/2: not tried");

    Repositories.write(sample, answered.replace("\"1\"", "\"one\""));
    Repositories.drop(repository, MODEL, 3, "add-texts.onnx");

    Calls.awaitState(channel, MODEL, 3, State.END);
    assertThat(failure(MODEL, 3).getReason()).isEqualTo("MODEL_SAMPLE_MISMATCH");
    assertAdds(MODEL, 2);
  }

  @Test
  void inputsThatTheConfigSaysOtherwise_areRefusedUntilASampleIsAnswered() {
    Repositories.write(
        repository.resolve("narrow/config.yaml"),
        """
        inputs:
          - {name: a, dtype: BYTES, shape: [1, 2]}
          - {name: b, dtype: BYTES, shape: [1, 2]}
        """);
    Repositories.drop(repository, "narrow", 1, "add-texts.onnx");
    Calls.awaitState(channel, "narrow", 1, State.END);
    assertThat(failure("narrow", 1).getReason()).isEqualTo("MODEL_LOAD_FAILED");
    assertThat(failure("narrow", 1).getErrorMessage())
        .contains("zeros", "config.yaml", "narrow/samples/NAME.json");

    Repositories.write(repository.resolve("narrow/samples/one.json"), SAMPLE.formatted(""));

    Calls.awaitState(channel, "narrow", 1, State.AVAILABLE);
    assertAdds("narrow", 1);
  }
}
