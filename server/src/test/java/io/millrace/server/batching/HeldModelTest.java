package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.engine.EngineRegistry;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.QueueBounds;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** A model whose calls the test holds and releases, on real threads. */
abstract class HeldModelTest {
  final FakeModel model = new FakeModel();
  final ReplyQueue replies = new ReplyQueue();

  /** What reached the model, in its order. */
  final List<Integer> ran = new CopyOnWriteArrayList<>();

  final CountDownLatch entered = new CountDownLatch(1);
  final CountDownLatch released = new CountDownLatch(1);
  final List<Servable> open = new ArrayList<>();
  int maxBatchSize = 1;

  @AfterEach
  void closeAll() {
    released.countDown();
    open.forEach(Servable::close);
  }

  Servable start(int instances, int queueCapacity) {
    Servable servable = load(instances, queueCapacity);
    open.add(servable);
    return servable;
  }

  /** Leaves the close to the test. */
  Servable load(int instances, int queueCapacity) {
    Servable servable =
        new BatchingServableLoader(
                new EngineRegistry(List.of(model.engine())),
                new BatchingOptions(QueueBounds.ofCalls(queueCapacity), 1, maxBatchSize),
                replies)
            .load(Calls.artifact(instances));
    model.isLoaded = true;
    return servable;
  }

  /** Every call waits in the model until it is released. */
  void holdCalls() {
    model.onCall =
        (inputs, outputs) -> {
          ran.add(Calls.value(inputs));
          entered.countDown();
          await(released);
          return inputs;
        };
  }

  /** Lets the held calls go, and so many answers leave. */
  void release(int answers) throws InterruptedException {
    released.countDown();
    for (int i = 0; i < answers; i++) {
      replies.runNext();
    }
  }

  static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static CompletableFuture<List<Tensor>> infer(Servable servable, InferenceRequest request) {
    return servable.infer(request).toCompletableFuture();
  }

  static ServingException failure(CompletableFuture<List<Tensor>> answer) {
    Throwable failure = answer.handle((outputs, thrown) -> thrown).join();
    assertThat(failure).isInstanceOf(ServingException.class);
    return (ServingException) failure;
  }

  void assertAnswers(Servable servable, int value) throws InterruptedException {
    CompletableFuture<List<Tensor>> answer = infer(servable, Calls.call(value));
    replies.runNext();
    assertThat(Calls.value(answer.join())).isEqualTo(value);
  }

  /** What a model throws that fails on an input. */
  static List<Tensor> raise(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) thrown;
  }
}
