package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.Servable;
import io.millrace.server.model.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A close answers what waits, then closes the instances, and the model last. */
@Timeout(60)
final class BatchingServableCloseTest extends HeldModelTest {
  @Test
  void close_answersWhatWaitsAndClosesTheModelLast() throws InterruptedException {
    holdCalls();
    Servable servable = load(1, 4);
    List<CompletableFuture<List<Tensor>>> answers = new ArrayList<>();
    answers.add(infer(servable, Calls.call(1)));
    answers.add(infer(servable, Calls.call(2)));
    answers.add(infer(servable, Calls.call(3)));
    await(entered);
    CompletableFuture<Void> close = CompletableFuture.runAsync(servable::close);
    assertThat(close).isNotDone();
    released.countDown();
    assertThat(close).succeedsWithin(30, TimeUnit.SECONDS);
    for (CompletableFuture<List<Tensor>> answer : answers) {
      replies.runNext();
      assertThat(answer).isCompleted();
    }
    assertThat(model.events)
        .containsExactly("open instance-iris-3-0", "close instance-iris-3-0", "close model");
  }

  @Test
  void close_closesEachInstanceOnItsOwnThread() {
    load(2, 4).close();
    assertThat(model.events)
        .containsExactlyInAnyOrder(
            "open instance-iris-3-0",
            "open instance-iris-3-1",
            "close instance-iris-3-0",
            "close instance-iris-3-1",
            "close model")
        .endsWith("close model");
  }

  @Test
  void instanceThatThrowsOnClose_doesNotKeepTheModel() {
    model.onInstanceClose =
        () -> {
          throw new IllegalStateException("stuck");
        };
    load(2, 4).close();
    assertThat(model.events).endsWith("close model");
  }

  @Test
  void interruptedClose_leavesTheModelInMemory() {
    holdCalls();
    Servable servable = load(1, 4);
    CompletableFuture<List<Tensor>> held = infer(servable, Calls.call(7));
    await(entered);
    Thread.currentThread().interrupt();
    servable.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(held).isNotDone();
    assertThat(model.events).doesNotContain("close model");
  }
}
