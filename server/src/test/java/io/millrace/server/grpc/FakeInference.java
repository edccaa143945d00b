package io.millrace.server.grpc;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;
import java.util.List;
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

  /** Copies, as the outputs of engines are: an answer may wait for longer than its request. */
  static InferenceResponse echo(InferenceRequest request) {
    List<Tensor> outputs = request.inputs().stream().map(FakeInference::copy).toList();
    return new InferenceResponse(new ModelVersionId(request.model(), 3), outputs);
  }

  private static Tensor copy(Tensor tensor) {
    ByteBuffer copy = ByteBuffer.allocate(tensor.byteCount()).put(tensor.data()).flip();
    return new Tensor(tensor.name(), tensor.dtype(), tensor.shape(), copy);
  }

  @Override
  public CompletionStage<InferenceResponse> apply(InferenceRequest request) {
    requests.add(request);
    return answer.apply(request);
  }
}
