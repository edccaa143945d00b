package io.millrace.server.rest;

import com.google.api.HttpBody;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Ends a call that has one answer, exactly once, with the answer or with the failure, of which it
 * says what it is about.
 *
 * @param subject what an error of the call is about; asked only on failure
 * @param check refuses what the call cannot heed, before its work
 */
record RestCall(
    StreamObserver<HttpBody> observer, Supplier<Map<String, String>> subject, Runnable check) {
  RestCall {
    // With a handler of its own a cancelled call takes an answer without throwing.
    if (observer instanceof ServerCallStreamObserver<HttpBody> call) {
      call.setOnCancelHandler(() -> {});
    }
  }

  /** Answers with what the work gives, on this thread. */
  void now(Supplier<HttpBody> work) {
    later(() -> CompletableFuture.completedStage(work.get()));
  }

  /** Answers when the stage that the work gives ends. Never throws. */
  void later(Supplier<CompletionStage<HttpBody>> work) {
    inPassing(work, () -> fail(new TakesLong()));
  }

  /**
   * The same of work that may turn out to take long, by {@link TakesLong}.
   *
   * @param instead is run then, and ends the call; it must not throw
   */
  void inPassing(Supplier<CompletionStage<HttpBody>> work, Runnable instead) {
    CompletionStage<HttpBody> stage;
    try {
      check.run();
      stage = work.get();
    } catch (TakesLong e) {
      instead.run();
      return;
    } catch (Throwable e) {
      fail(e);
      return;
    }
    var unused =
        stage.whenComplete(
            (body, failure) -> {
              if (failure != null && tookLong(failure)) {
                instead.run();
              } else {
                end(body, failure);
              }
            });
  }

  private static boolean tookLong(Throwable failure) {
    return failure instanceof TakesLong || failure.getCause() instanceof TakesLong;
  }

  private void end(@Nullable HttpBody body, @Nullable Throwable failure) {
    if (failure != null || body == null) {
      fail(failure == null ? new NullPointerException("no answer") : failure);
      return;
    }
    try {
      observer.onNext(body);
      observer.onCompleted();
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  private static ServingException advised(ServingException failure) {
    return failure.reason() == Reason.MODEL_NOT_FOUND
        ? failure.withAdvice("GET /v1/models names those there are")
        : failure;
  }

  void fail(Throwable failure) {
    Throwable cause = failure.getCause();
    if (failure instanceof CompletionException && cause != null) {
      fail(cause);
    } else if (failure instanceof ServingException known) {
      observer.onError(advised(known).about(subject.get()));
    } else {
      observer.onError(failure);
    }
  }
}
