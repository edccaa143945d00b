package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import io.millrace.server.inference.AnswerRoom;
import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Reason;
import io.millrace.server.model.RunPlace;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import io.millrace.v1.HttpModelRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How callers ask for classes, of models that give their input back under the names of all outputs,
 * and whose output named "scores" is said to hold them.
 */
final class TopClassesByRestTest {
  private static final String ROWS = "{\"instances\": [[1, 3, 2]]}";

  private final List<InferenceRequest> requests = new CopyOnWriteArrayList<>();
  private final RunningRest rest =
      new RunningRest(
          Map.of(
              "scores",
              echo(DataType.FP32, "y"),
              "numbers",
              echo(DataType.INT64, "y"),
              "both",
              echo(DataType.FP32, "embedding", "scores")),
          Runnable::run,
          running ->
              request -> {
                requests.add(request);
                return running.inference.infer(request);
              });

  private static Signature echo(DataType dtype, String... outputs) {
    return new Signature(
        List.of(TensorSpec.of("x", dtype, -1, 3)),
        Stream.of(outputs).map(output -> TensorSpec.of(output, dtype, -1, 3)).toList());
  }

  @AfterEach
  void stop() {
    rest.close();
  }

  private String predict(String model, int most) {
    return rest.stub().predict(topK(model, most)).getData().toStringUtf8().replaceAll("\\s", "");
  }

  private String infer(String model, String dtype, String parameters) {
    String body =
        "{'inputs': [{'name': 'x', 'datatype': '%s', 'shape': [1, 3], 'data': [1, 3, 2]}], 'outputs': [%s]}"
            .formatted(dtype, parameters)
            .replace('\'', '"');
    return rest.stub().v2ModelInfer(RunningRest.request(model, body)).getData().toStringUtf8();
  }

  private static InferBody read(String outputs) {
    String body = "{'inputs': [], 'outputs': [%s]}".formatted(outputs).replace('\'', '"');
    return new InferReader(new JsonText(ByteString.copyFromUtf8(body)), 1 << 20).read();
  }

  @Test
  void topK_namesTheHighestClassesOfPredict() {
    assertThat(predict("scores", 2))
        .isEqualTo("{\"predictions\":[[{\"index\":1,\"score\":3.0},{\"index\":2,\"score\":2.0}]]}");
    assertThat(predict("scores", 0)).isEqualTo("{\"predictions\":[[1.0,3.0,2.0]]}");
  }

  @Test
  void topK_takesMemoryForItsAnswerWhileItIsWritten() {
    AnswerRoom left = rest.inference.answerRoom();
    left.take(64);
    List<AnswerRoom> others = new ArrayList<>();
    for (int bytes = RunningRest.MAX_BYTES; bytes > 16; bytes /= 2) {
      while (isTaken(bytes, others)) {
        // Nobody else is to have so many.
      }
    }
    left.close();

    assertThat(predict("scores", 0)).contains("predictions");
    assertThat(RunningRest.failed(() -> rest.stub().predict(topK("scores", 3))).reason())
        .isEqualTo("SERVER_OVERLOADED");

    others.remove(0).close();
    assertThat(predict("scores", 3)).contains("predictions");
    try (AnswerRoom all = rest.inference.answerRoom()) {
      all.take(RunningRest.MAX_BYTES);
    }
    others.forEach(AnswerRoom::close);
  }

  /** Takes so many bytes, if they are to be had. */
  private boolean isTaken(int bytes, List<AnswerRoom> taken) {
    AnswerRoom room = rest.inference.answerRoom();
    try {
      room.take(bytes);
      taken.add(room);
      return true;
    } catch (ServingException e) {
      assertThat(e.reason()).isEqualTo(Reason.SERVER_OVERLOADED);
      return false;
    }
  }

  @Test
  void topK_leavesOutputsThatHoldNoScoresAsTheyAre() {
    assertThat(predict("both", 1))
        .isEqualTo(
            "{\"predictions\":[{\"embedding\":[1.0,3.0,2.0],\"scores\":[{\"index\":1,\"score\":3.0}]}]}");
  }

  @Test
  void callsThatNameClasses_areLeftToTheInstances() {
    predict("scores", 0);
    predict("scores", 2);
    ByteString zeros = ByteString.copyFrom(new byte[3 * Float.BYTES]);
    HttpBody answer =
        rest.stub()
            .predict(
                RunningRest.request("scores", "application/octet-stream", zeros).toBuilder()
                    .setTopK(2)
                    .build());
    assertThat(answer.getData().toStringUtf8()).contains("\"index\": 1");
    infer("scores", "FP32", "{'name': 'y', 'parameters': {'classification': 2}}");

    assertThat(requests)
        .extracting(InferenceRequest::place)
        .containsExactly(RunPlace.AUTO, RunPlace.INSTANCES, RunPlace.INSTANCES, RunPlace.INSTANCES);
  }

  @Test
  void topKThatIsNegative_orOfAModelWithoutScores_isRefused() {
    RunningRest.End negative = RunningRest.failed(() -> rest.stub().predict(topK("scores", -1)));
    assertThat(negative.reason()).isEqualTo("PARAMETER_INVALID");
    assertThat(negative.message()).startsWith("top_k is '-1'; allowed: ");

    RunningRest.End numbers = RunningRest.failed(() -> rest.stub().predict(topK("numbers", 2)));
    assertThat(numbers.reason()).isEqualTo("PARAMETER_INVALID");
    assertThat(numbers.message()).contains("'y' INT64 [-1, 3]");
    assertThat(requests).isEmpty();
  }

  private static HttpModelRequest topK(String model, int most) {
    return RunningRest.request(model, ROWS).toBuilder().setTopK(most).build();
  }

  @Test
  void classification_namesTheHighestClassesOfInfer() {
    assertThat(infer("scores", "FP32", "{'name': 'y', 'parameters': {'classification': 2}}"))
        .contains(
            "{\"name\":\"y\",\"datatype\":\"BYTES\",\"shape\":[1,2],\"data\":[\"3.000000:1\",\"2.000000:2\"]}");
    assertThat(infer("numbers", "INT64", "{'parameters': {'classification': 1}, 'name': 'y'}"))
        .contains("\"data\":[\"3:1\"]");
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "3, 3", "99999999999999999999, 2147483647"})
  void count_isReadWhereverItStands(String written, int expected) {
    assertThat(
            read("{'parameters': {'other': 'x', 'classification': %s}, 'name': 'y'}, {'name': 'z'}"
                    .formatted(written))
                .outputs()
                .classes())
        .isEqualTo(
            ClassCounts.NONE.with(
                "outputs[0].parameters.classification", "y", OptionalLong.of(expected), written));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "-99999999999999999999", "1.5", "'3'", "true", "null"})
  void whatIsNoCount_isRefusedWithItsOutput(String written) {
    ServingException refusal =
        catchThrowableOfType(
            ServingException.class,
            () -> read("{'name': 'y', 'parameters': {'classification': %s}}".formatted(written)));

    assertThat(refusal.reason()).isEqualTo(Reason.PARAMETER_INVALID);
    assertThat(refusal.getMessage())
        .startsWith("outputs[0].parameters.classification of output 'y' is ");
  }
}
