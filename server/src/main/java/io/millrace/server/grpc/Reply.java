package io.millrace.server.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Ends a call that has one answer, exactly once, with the answer or with the failure; the guard
 * makes a status of the latter.
 *
 * @param subject what the error is about (model, version, requestId); asked only on failure
 */
record Reply<T>(StreamObserver<T> observer, Supplier<Map<String, String>> subject) {
  Reply {
    // With a handler of its own a cancelled call takes an answer without throwing.
    if (observer instanceof ServerCallStreamObserver<T> call) {
      call.setOnCancelHandler(() -> {});
    }
  }

  /** Answers with what the work gives, on this thread. */
  void now(Supplier<T> work) {
    later(() -> CompletableFuture.completedStage(work.get()));
  }

  /** Answers when the stage that the work gives ends. */
  void later(Supplier<CompletionStage<T>> work) {
    CompletionStage<T> stage;
    try {
      stage = work.get();
    } catch (RuntimeException | Error e) {
      fail(e);
      return;
    }
    var unused = stage.whenComplete(this::end);
  }

  private void end(@Nullable T value, @Nullable Throwable failure) {
    if (failure != null || value == null) {
      fail(failure == null ? new NullPointerException("no answer") : failure);
      return;
    }
    try {
      observer.onNext(value);
      observer.onCompleted();
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  private void fail(Throwable failure) {
    observer.onError(CallFailure.status(failure, subject.get()).asRuntimeException());
  }
}
