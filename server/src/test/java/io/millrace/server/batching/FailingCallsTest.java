package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.Reason;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A call that fails takes no other with it, and its instance goes on. */
@Timeout(60)
final class FailingCallsTest extends HeldModelTest {
  @Test
  void callThatCannotSayWhetherItIsCancelled_failsAlone() throws InterruptedException {
    Servable servable = start(1, 4);
    CompletableFuture<List<Tensor>> answer =
        infer(
            servable,
            Calls.cancelled(
                1,
                () -> {
                  throw new IllegalStateException("no such call");
                }));
    replies.runNext();
    assertThat(failure(answer)).hasCauseInstanceOf(IllegalStateException.class);
    assertAnswers(servable, 2);
  }

  @Test
  void refusalByTheModel_failsThatCallAlone() throws InterruptedException {
    Servable servable = start(1, 4);
    model.onCall =
        (inputs, outputs) -> {
          throw ServingException.refusal(Reason.TENSOR_SIZE_MISMATCH, "odd");
        };
    CompletableFuture<List<Tensor>> answer = infer(servable, Calls.call(1));
    replies.runNext();
    assertThat(failure(answer).reason()).isEqualTo(Reason.TENSOR_SIZE_MISMATCH);
    model.onCall = (inputs, outputs) -> inputs;
    assertAnswers(servable, 2);
  }

  static List<Throwable> unexpected() {
    return List.of(
        new IllegalArgumentException("/a/path"),
        new StackOverflowError(),
        new OutOfMemoryError(),
        new UnsatisfiedLinkError());
  }

  @ParameterizedTest
  @MethodSource("unexpected")
  void throwingModel_failsThatCallAlone(Throwable thrown) throws InterruptedException {
    Servable servable = start(1, 4);
    model.onCall = (inputs, outputs) -> raise(thrown);
    CompletableFuture<List<Tensor>> answer = infer(servable, Calls.call(1));
    replies.runNext();
    assertThat(failure(answer).reason()).isEqualTo(Reason.ENGINE_ERROR);
    assertThat(failure(answer)).hasCause(thrown).hasMessage("the model failed on this input");
    model.onCall = (inputs, outputs) -> inputs;
    assertAnswers(servable, 2);
  }

  @Test
  void modelThatInterruptsItsThread_goesOnServing() throws InterruptedException {
    Servable servable = start(1, 4);
    model.onCall =
        (inputs, outputs) -> {
          Thread.currentThread().interrupt();
          return inputs;
        };
    assertAnswers(servable, 1);
    assertAnswers(servable, 2);
  }
}
