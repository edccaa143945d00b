package io.millrace.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.BytesElements;
import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Calls that ask for the classes of an output by name. */
final class CallsForClassesTest extends OneCallTest {
  private static InferenceRequest naming(String output, String input) {
    return Requests.taking(input)
        .naming(ClassCounts.NONE.with("a.path", output, OptionalLong.of(3), "3"));
  }

  @Test
  void callThatAsksForClasses_getsThemByTheNamesOfTheVersion() {
    servable().labels(new ClassLabels(List.of("setosa")));

    InferenceResponse response = infer(naming("y", INPUT)).join();

    assertThat(response.labels().name(0)).isEqualTo("setosa");
    Tensor named = response.outputs().get(0);
    assertThat(named.dtype()).isEqualTo(DataType.BYTES);
    assertThat(BytesElements.decode(named.data(), 1))
        .containsExactly("0.000000:0:setosa".getBytes(StandardCharsets.UTF_8));
    assertAllIsGivenBack();
  }

  @Test
  void callWithoutRows_getsNoClasses() {
    InferenceResponse response = infer(naming("y", "x FP32 0,4")).join();

    assertThat(response.outputs()).extracting(Tensor::toString).containsExactly("'y' BYTES [0, 1]");
    assertAllIsGivenBack();
  }

  @Test
  void classesThatCannotBeNamed_areRefusedBeforeTheModelRuns() {
    servable().answerWith(request -> raise(new AssertionError("it runs")));

    ServingException refusal = failure(infer(naming("z", INPUT)));

    assertThat(refusal.reason()).isEqualTo(Reason.PARAMETER_INVALID);
    assertThat(refusal.getMessage()).contains("'z'", "'y'");
    assertAllIsGivenBack();
  }

  @Test
  void namingThatFails_failsTheCallAndGivesAllBack() {
    answer(CompletableFuture.completedFuture(List.of(Requests.tensor("y BOOL 1,1"))));

    assertThat(failure(infer(naming("y", INPUT))).reason()).isEqualTo(Reason.INTERNAL_ERROR);
    assertAllIsGivenBack();
  }

  @Test
  void classesByName_takeRoomUntilTheDoorHasTheAnswer() {
    CompletableFuture<List<Tensor>> running = new CompletableFuture<>();
    answer(running);
    List<ServingException> refusals = new ArrayList<>();
    CompletableFuture<Void> written =
        infer(naming("y", INPUT))
            .thenAccept(named -> refusals.add(failure(infer(Requests.taking(INPUT)))));
    running.complete(OUTPUTS);

    assertThat(written).isCompleted();
    assertThat(refusals)
        .extracting(ServingException::reason)
        .containsExactly(Reason.SERVER_OVERLOADED);
    assertAllIsGivenBack();
  }

  @Test
  void classesLongerThanAnAnswer_areRefusedAndGiveAllBack() {
    servable().labels(new ClassLabels(List.of("a name that is longer than an answer")));

    ServingException refusal = failure(infer(naming("y", INPUT)));

    assertThat(refusal.reason()).isEqualTo(Reason.MESSAGE_TOO_LARGE);
    assertThat(refusal.getMessage()).contains("30 bytes", "ask for fewer classes or rows");
    assertAllIsGivenBack();
  }
}
