package io.millrace.server.wire;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** The first message of a stream, or the failure that came instead. */
public final class FirstAnswer<T> implements StreamObserver<T> {
  private final CompletableFuture<T> answer = new CompletableFuture<>();

  @Override
  public void onNext(T message) {
    answer.complete(message);
  }

  @Override
  public void onError(Throwable failure) {
    answer.completeExceptionally(failure);
  }

  @Override
  public void onCompleted() {}

  /**
   * Waits for it.
   *
   * @throws StatusRuntimeException if the stream failed first
   */
  public T await() {
    try {
      return answer.orTimeout(30, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof StatusRuntimeException refusal) {
        throw refusal;
      }
      throw e;
    }
  }
}
