package io.millrace.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.lifecycle.FakeServable;
import io.millrace.server.lifecycle.ManualLifecycle;
import io.millrace.server.lifecycle.Wishes;
import io.millrace.server.model.CallObserver;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;

/**
 * A service with one version in it, {@code iris/1}, and with room for exactly one call, so that a
 * second one is admitted only if the first gave its room back.
 */
abstract class OneCallTest {
  static final String INPUT = "x FP32 1,4";
  static final List<Tensor> OUTPUTS = List.of(Requests.tensor("y FP32 1,1"));
  private static final Signature SIGNATURE =
      new Signature(
          List.of(TensorSpec.of("x", DataType.FP32, -1, 4)),
          List.of(TensorSpec.of("y", DataType.FP32, -1, 1)));

  final ManualLifecycle house = new ManualLifecycle();
  final List<Runnable> toWrite = new ArrayList<>();
  long nanosAhead;
  final InferenceService service =
      new InferenceService(
          house.manager(),
          new InferenceOptions(31, 3, 30),
          new InferenceService.Callers(() -> CallObserver.NONE, toWrite::add),
          () -> System.nanoTime() + nanosAhead);

  @BeforeEach
  void serveOneVersion() {
    house.loader().onLoad(1, id -> new FakeServable(id, SIGNATURE));
    house.settle(Wishes.newest(1, 1));
    answer(CompletableFuture.completedFuture(OUTPUTS));
  }

  FakeServable servable() {
    return house.loader().newest();
  }

  void answer(CompletionStage<List<Tensor>> answer) {
    servable().answerWith(request -> answer);
  }

  CompletableFuture<InferenceResponse> infer(InferenceRequest request) {
    return service.infer(request).toCompletableFuture();
  }

  static ServingException failure(CompletableFuture<InferenceResponse> answer) {
    assertThat(answer).isCompletedExceptionally();
    return (ServingException) answer.handle((response, thrown) -> thrown).join();
  }

  /** Neither the room in memory nor the loan of the version is left with a call. */
  void assertAllIsGivenBack() {
    answer(CompletableFuture.completedFuture(OUTPUTS));
    assertThat(infer(Requests.taking(INPUT))).isCompleted();
    house.settle(Wishes.nothing());
    assertThat(servable().closes()).isEqualTo(1);
  }

  /** What a version does that throws instead of answering. */
  static CompletionStage<List<Tensor>> raise(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) thrown;
  }
}
