package io.millrace.server.conformance;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** What comes on a stream. Filled by the call's thread, read by that of the test after the end. */
final class StreamedAnswers implements StreamObserver<byte[]> {
  private final List<byte[]> answers = new ArrayList<>();
  private final CompletableFuture<List<byte[]>> end = new CompletableFuture<>();

  @Override
  public void onNext(byte[] answer) {
    answers.add(answer);
  }

  @Override
  public void onError(Throwable failure) {
    end.completeExceptionally(failure);
  }

  @Override
  public void onCompleted() {
    end.complete(List.copyOf(answers));
  }

  /**
   * The one answer; waits for the end, which the call's deadline brings at the latest.
   *
   * @throws StatusRuntimeException if the stream ended with a failure
   */
  byte[] only() {
    try {
      List<byte[]> all = end.join();
      if (all.size() != 1) {
        throw new AssertionError(all.size() + " answers to one request");
      }
      return all.get(0);
    } catch (CompletionException e) {
      if (e.getCause() instanceof StatusRuntimeException refusal) {
        throw refusal;
      }
      throw e;
    }
  }
}
