package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.InferParameter;
import io.millrace.openinference.InferTensorContents;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferResponse;
import io.millrace.openinference.ModelStreamInferResponse;
import io.millrace.server.model.Priority;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class InferenceStreamTest {
  private static final String NAME = StreamedInference.NAME;

  private final RunningDoor door = new RunningDoor();
  private final ConcurrentLinkedDeque<Held> held = new ConcurrentLinkedDeque<>();

  @AfterEach
  void close() {
    door.close();
  }

  private void holdRequests() {
    Held.all(door.inference, held);
  }

  private void awaitHeld(int count) {
    Await.until(() -> held.size() == count);
  }

  private StreamCaller open() {
    return StreamCaller.open(door.channel);
  }

  private static InferParameter parameter(ModelStreamInferResponse answer, String name) {
    return answer.getInferResponse().getParametersOrThrow(name);
  }

  @Test
  void answers_comeInTheOrderOfTheRequests_whateverOrderTheyAreReadyIn() {
    holdRequests();
    StreamCaller caller = open();
    for (String id : List.of("a", "b", "c")) {
      caller.send(StreamCaller.request(id));
    }
    awaitHeld(3);

    held.removeLast().complete();
    held.removeLast().answer().completeExceptionally(new IllegalStateException("/etc/passwd"));
    assertThat(caller.hasNoAnswer()).isTrue();
    held.removeLast().complete();

    assertThat(caller.id()).isEqualTo("a");
    ModelStreamInferResponse failed = caller.answer();
    assertThat(failed.getErrorMessage()).contains("errorId").doesNotContain("passwd");
    assertThat(failed.getInferResponse().getId()).isEqualTo("b");
    assertThat(caller.id()).isEqualTo("c");
    assertThat(caller.finish().end().code()).isEqualTo(Status.Code.OK);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anAnswer_isThatOfModelInfer_andTheLastToItsRequest(boolean wantsEmptyOnes) {
    ModelInferRequest.Builder request =
        StreamCaller.request("a", new byte[] {0, 0, (byte) 0x80, 0x3F}).toBuilder();
    if (wantsEmptyOnes) {
      request.putParameters(
          "triton_enable_empty_final_response",
          InferParameter.newBuilder().setBoolParam(true).build());
    }
    StreamCaller caller = open().send(request.build()).finish();

    ModelStreamInferResponse answer = caller.answer();
    assertThat(answer.getErrorMessage()).isEmpty();
    assertThat(parameter(answer, "triton_final_response").getBoolParam()).isTrue();
    ModelInferResponse unary =
        GRPCInferenceServiceGrpc.newBlockingStub(door.channel).modelInfer(request.build());
    assertThat(answer.getInferResponse().toBuilder().clearParameters().build()).isEqualTo(unary);
    assertThat(caller.end().code()).isEqualTo(Status.Code.OK);
    assertThat(caller.hasNoAnswer()).isTrue();
  }

  @Test
  void aRequestThatFails_isToldWithIdAndReason_andTheStreamGoesOn() {
    ModelInferRequest both =
        StreamCaller.request("both").toBuilder()
            .setInputs(
                0,
                StreamCaller.request("").getInputs(0).toBuilder()
                    .setContents(InferTensorContents.newBuilder().addFp32Contents(1)))
            .build();
    door.inference.answer(
        request -> {
          if (request.priority() == Priority.HIGH) {
            throw ServingException.refusal(Reason.MODEL_QUEUE_FULL, "too many calls");
          }
          return CompletableFuture.completedStage(FakeInference.echo(request));
        });
    ModelInferRequest refused =
        StreamCaller.request("refused").toBuilder()
            .putParameters("priority", InferParameter.newBuilder().setInt64Param(1).build())
            .build();
    StreamCaller caller =
        open().send(both).send(refused).send(StreamCaller.request("good")).finish();

    assertFailed(caller.answer(), "both", "REQUEST_MALFORMED", "contents field must not");
    assertFailed(caller.answer(), "refused", "MODEL_QUEUE_FULL", "too many calls");
    assertThat(caller.id()).isEqualTo("good");
    assertThat(caller.end().code()).isEqualTo(Status.Code.OK);
  }

  @Test
  void theFirstThatFails_endsTheStreamInItsTurn_whereTheCallerAsksForThat() {
    holdRequests();
    StreamCaller caller = StreamCaller.open(door.channel, "triton_grpc_error", "true");
    for (String id : List.of("a", "b", "c")) {
      caller.send(StreamCaller.request(id));
    }
    awaitHeld(3);
    Held first = held.removeFirst();
    Held second = held.removeFirst();

    second
        .answer()
        .completeExceptionally(ServingException.refusal(Reason.MODEL_QUEUE_FULL, "too many"));
    assertThat(caller.hasNoAnswer()).isTrue();
    first.complete();

    assertThat(caller.id()).isEqualTo("a");
    assertThat(caller.end().code()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(caller.end().message()).isEqualTo("too many");
    assertThat(caller.end().reason()).isEqualTo("MODEL_QUEUE_FULL");
    assertThat(caller.hasNoAnswer()).isTrue();
    Await.until(() -> held.getFirst().request().cancellation().isRequested());
  }

  @Test
  void withAnotherValueOfTheHeader_theStreamGoesOn() {
    StreamCaller caller = StreamCaller.open(door.channel, "triton_grpc_error", "false");
    caller.send(StreamCaller.request("i".repeat(1_025))).send(StreamCaller.request("b")).finish();

    assertThat(caller.answer().getErrorMessage()).isNotEmpty();
    assertThat(caller.id()).isEqualTo("b");
    assertThat(caller.end().code()).isEqualTo(Status.Code.OK);
  }

  private static void assertFailed(
      ModelStreamInferResponse answer, String id, String reason, String words) {
    assertThat(answer.getErrorMessage()).contains(words);
    assertThat(answer.getInferResponse().getId()).isEqualTo(id);
    assertThat(answer.getInferResponse().getOutputsList()).isEmpty();
    assertThat(parameter(answer, "reason").getStringParam()).isEqualTo(reason);
    assertThat(parameter(answer, "triton_final_response").getBoolParam()).isTrue();
  }

  @Test
  void anIdThatIsTooLong_isRefusedAndNotSaidAgain() {
    StreamCaller caller = open().send(StreamCaller.request("i".repeat(1_025))).finish();

    assertFailed(caller.answer(), "", "REQUEST_MALFORMED", "1024");
  }

  @Test
  void aTimeoutInTheParameters_endsThatRequestAlone() {
    holdRequests();
    StreamCaller caller =
        open()
            .send(
                StreamCaller.request("hasty").toBuilder()
                    .putParameters(
                        "timeout", InferParameter.newBuilder().setInt64Param(1_000).build())
                    .build());
    caller.send(StreamCaller.request("patient"));
    awaitHeld(2);
    // As all that wait do; until somebody wants to know, no timer runs.
    List<String> over = new ArrayList<>();
    held.getFirst().request().cancellation().whenOver(() -> over.add("hasty"));

    assertFailed(caller.answer(), "hasty", "DEADLINE_IN_ENGINE", "no answer within");
    Await.until(() -> !over.isEmpty());
    assertThat(held.getLast().request().cancellation().isRequested()).isFalse();
    held.getLast().complete();
    assertThat(caller.id()).isEqualTo("patient");
  }

  @Test
  void requestsInFlight_areAnswered_whenTheCallerHasSentItsLast() {
    holdRequests();
    StreamCaller caller = open();
    IntStream.range(0, 10).forEach(i -> caller.send(StreamCaller.request("r" + i)));
    caller.finish();
    awaitHeld(10);

    held.forEach(Held::complete);

    assertThat(IntStream.range(0, 10).mapToObj(i -> caller.id()))
        .containsExactlyElementsOf(IntStream.range(0, 10).mapToObj(i -> "r" + i).toList());
    assertThat(caller.end().code()).isEqualTo(Status.Code.OK);
  }

  @Test
  void aStreamWithoutRequests_endsWell() {
    assertThat(open().finish().end().code()).isEqualTo(Status.Code.OK);
  }

  @Test
  void bytesThatAreNoRequest_endTheirStreamAlone_andWhatItHadStarted() {
    holdRequests();
    StreamCaller other = open().send(StreamCaller.request("other"));
    awaitHeld(1);
    byte[] good = StreamCaller.request("good").toByteArray();

    Calls.End end = Calls.raw(door.channel, NAME, new Metadata(), good, new byte[] {0x0A, 5, 'x'});

    assertThat(end.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
    Await.until(() -> held.getLast().request().cancellation().isRequested());
    assertThat(held.getFirst().request().cancellation().isRequested()).isFalse();
    held.getFirst().complete();
    assertThat(other.id()).isEqualTo("other");
  }

  @Test
  void aStreamThatIsCancelled_cancelsWhatItHadStarted() {
    holdRequests();
    StreamCaller caller = open();
    caller.send(StreamCaller.request("a")).send(StreamCaller.request("b"));
    awaitHeld(2);
    List<String> over = new ArrayList<>();
    held.forEach(each -> each.request().cancellation().whenOver(() -> over.add("over")));

    caller.cancel();

    Await.until(() -> over.size() == 2);
    assertThat(held)
        .allSatisfy(each -> assertThat(each.request().cancellation().isRequested()).isTrue());
    held.forEach(Held::complete);
    assertThat(caller.hasNoAnswer()).isTrue();
  }

  @Test
  void aServerThatStops_answersWhatItHasRead_andSaysWhyItEndsTheStream() throws Exception {
    holdRequests();
    StreamCaller caller = open().send(StreamCaller.request("a"));
    awaitHeld(1);
    StreamCaller idle = open().send(StreamCaller.request("b"));
    awaitHeld(2);
    held.removeLast().complete();
    assertThat(idle.id()).isEqualTo("b");

    CompletableFuture<Boolean> stopped =
        CompletableFuture.supplyAsync(() -> door.server.stop(Duration.ofSeconds(20)));

    assertThat(idle.end().reason()).isEqualTo("SERVER_DRAINING");
    held.removeLast().complete();
    assertThat(caller.id()).isEqualTo("a");
    assertThat(caller.end().reason()).isEqualTo("SERVER_DRAINING");
    assertThat(stopped.get(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aCompressedMessage_isReadToo() {
    ModelInferRequest request = StreamCaller.request("zip", new byte[1 << 10]);

    Calls.End end =
        Calls.raw(
            door.channel,
            NAME,
            CallOptions.DEFAULT.withCompression("gzip"),
            new Metadata(),
            request.toByteArray());

    assertThat(end.code()).isEqualTo(Status.Code.OK);
    assertThat(door.inference.requests.remove().inputs().get(0).byteCount()).isEqualTo(1 << 10);
  }
}
