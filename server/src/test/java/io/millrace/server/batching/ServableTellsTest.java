package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.Reason;
import io.millrace.server.model.Scheduling;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.ServingStatistics;
import io.millrace.server.model.Tensor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a servable tells of itself: how it is scheduled, and the statistics of its calls. */
@Timeout(60)
final class ServableTellsTest extends HeldModelTest {
  @Test
  void servable_tellsWhatItIs() {
    Servable servable = start(2, 4);
    assertThat(servable.engine()).isEqualTo("onnxruntime");
    assertThat(servable.signature()).isEqualTo(FakeModel.SIGNATURE);
    assertThat(servable.scheduling()).isEqualTo(new Scheduling(1, Duration.ZERO, 2));
  }

  /** Else clients would be told something else on a busy machine, where a trial fails to pay. */
  @Test
  void whatIsAllowed_isTold_whetherOrNotItPays() {
    maxBatchSize = 8;
    model.onWarmUp =
        (inputs, outputs) -> {
          if (inputs.get(0).elements() > 1) {
            throw ServingException.refusal(Reason.ENGINE_ERROR, "not more than one");
          }
          return inputs;
        };
    Servable servable = start(2, 4);

    assertThat(servable.scheduling()).isEqualTo(new Scheduling(8, Duration.ZERO, 2));
  }

  @Test
  void statistics_countWhatWasAnsweredBeforeItsCallersHearOfIt() throws InterruptedException {
    Servable servable = start(1, 4);
    assertThat(servable.statistics()).isEqualTo(ServingStatistics.NONE);
    assertAnswers(servable, 1);
    CompletableFuture<ServingStatistics> seen =
        infer(servable, Calls.call(2)).thenApply(outputs -> servable.statistics());
    replies.runNext();

    assertThat(seen.join().answered().calls()).isEqualTo(2);
    assertThat(seen.join().answered().rows()).isEqualTo(2);
    assertThat(seen.join().runs()).isEqualTo(2);
    assertThat(seen.join().failed().calls()).isZero();
    assertThat(seen.join().lastRun()).isPresent();
  }

  @Test
  void statistics_countWhatIsRefusedWhatExpiresAndWhatTheModelFails() throws InterruptedException {
    holdCalls();
    Servable servable = start(1, 1);
    CompletableFuture<List<Tensor>> running = infer(servable, Calls.call(1));
    await(entered);
    CompletableFuture<List<Tensor>> waiting = infer(servable, Calls.call(2));
    assertThat(failure(infer(servable, Calls.call(3))).reason()).isEqualTo(Reason.MODEL_QUEUE_FULL);
    assertThat(servable.statistics().failed().calls()).isEqualTo(1);
    release(2);
    assertThat(running).isCompleted();
    assertThat(waiting).isCompleted();

    CompletableFuture<List<Tensor>> expired = infer(servable, Calls.expired(4));
    replies.runNext();
    assertThat(expired).isCompletedExceptionally();
    model.onCall = (inputs, outputs) -> raise(new IllegalArgumentException("odd"));
    CompletableFuture<List<Tensor>> failing = infer(servable, Calls.call(5));
    replies.runNext();
    assertThat(failing).isCompletedExceptionally();

    assertThat(servable.statistics().failed().calls()).isEqualTo(3);
    assertThat(servable.statistics().answered().calls()).isEqualTo(2);
    assertThat(servable.statistics().runs()).isEqualTo(2);
  }
}
