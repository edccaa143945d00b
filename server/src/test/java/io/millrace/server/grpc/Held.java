package io.millrace.server.grpc;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;

/** A request that the model has, and the promise of its answer. */
record Held(InferenceRequest request, CompletableFuture<InferenceResponse> answer) {
  /** From now on requests stay with the model until the test answers them. */
  static void all(FakeInference inference, Collection<Held> held) {
    inference.answer(
        request -> {
          Held each = new Held(request, new CompletableFuture<>());
          held.add(each);
          return each.answer();
        });
  }

  void complete() {
    answer.complete(FakeInference.echo(request));
  }
}
