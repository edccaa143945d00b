package io.millrace.server.grpc;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;

/** Answers calls as a test says, by default with their own inputs, and keeps what was asked. */
final class FakeInference
    implements Function<InferenceRequest, CompletionStage<InferenceResponse>> {
  final BlockingQueue<InferenceRequest> requests = new LinkedBlockingQueue<>();

  private volatile Function<InferenceRequest, CompletionStage<InferenceResponse>> answer =
      request -> CompletableFuture.completedStage(echo(request));

  void answer(Function<InferenceRequest, CompletionStage<InferenceResponse>> newAnswer) {
    answer = newAnswer;
  }

  static InferenceResponse echo(InferenceRequest request) {
    return new InferenceResponse(new ModelVersionId(request.model(), 3), request.inputs());
  }

  @Override
  public CompletionStage<InferenceResponse> apply(InferenceRequest request) {
    requests.add(request);
    return answer.apply(request);
  }
}
