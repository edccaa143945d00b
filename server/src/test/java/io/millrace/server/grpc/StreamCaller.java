package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferInputTensor;
import io.millrace.openinference.ModelStreamInferResponse;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A caller of ModelStreamInfer, who keeps the answers and how the stream ended. */
final class StreamCaller
    implements ClientResponseObserver<ModelInferRequest, ModelStreamInferResponse> {
  private final BlockingQueue<ModelStreamInferResponse> answers = new LinkedBlockingQueue<>();
  private final CompletableFuture<Calls.End> end = new CompletableFuture<>();
  private final boolean reads;
  private @Nullable ClientCallStreamObserver<ModelInferRequest> requests;

  private StreamCaller(boolean reads) {
    this.reads = reads;
  }

  static StreamCaller open(Channel channel) {
    return new StreamCaller(true).begun(channel);
  }

  /** One with a header; others have none. */
  static StreamCaller open(Channel channel, String header, String value) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER), value);
    return open(
        ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers)));
  }

  /** One that takes no answers from its connection but those that it is told to {@link #read}. */
  static StreamCaller openUnread(Channel channel) {
    return new StreamCaller(false).begun(channel);
  }

  private StreamCaller begun(Channel channel) {
    var unused = GRPCInferenceServiceGrpc.newStub(channel).modelStreamInfer(this);
    return this;
  }

  /** A request of a model that echoes one value. */
  static ModelInferRequest request(String id) {
    return request(id, new byte[Float.BYTES]);
  }

  static ModelInferRequest request(String id, byte[] floats) {
    return ModelInferRequest.newBuilder()
        .setModelName("iris")
        .setId(id)
        .addInputs(
            InferInputTensor.newBuilder()
                .setName("x")
                .setDatatype("FP32")
                .addShape(floats.length / Float.BYTES))
        .addRawInputContents(ByteString.copyFrom(floats))
        .build();
  }

  StreamCaller send(ModelInferRequest request) {
    sender().onNext(request);
    return this;
  }

  /** Sends no more. */
  StreamCaller finish() {
    sender().onCompleted();
    return this;
  }

  void read(int answers) {
    sender().request(answers);
  }

  void cancel() {
    sender().cancel("enough", null);
  }

  private ClientCallStreamObserver<ModelInferRequest> sender() {
    return Objects.requireNonNull(requests);
  }

  /** The next answer. */
  ModelStreamInferResponse answer() {
    try {
      ModelStreamInferResponse answer = answers.poll(20, TimeUnit.SECONDS);
      assertThat(answer).as("an answer; the stream ended as %s", end).isNotNull();
      return answer;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The id of the next answer. */
  String id() {
    return answer().getInferResponse().getId();
  }

  boolean hasNoAnswer() {
    return answers.isEmpty();
  }

  Calls.End end() {
    return end.orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<ModelInferRequest> stream) {
    requests = stream;
    if (!reads) {
      stream.disableAutoRequestWithInitial(0);
    }
  }

  @Override
  public void onNext(ModelStreamInferResponse answer) {
    answers.add(answer);
  }

  @Override
  public void onError(Throwable failure) {
    StatusRuntimeException known = (StatusRuntimeException) failure;
    end.complete(
        new Calls.End(
            known.getStatus(), Objects.requireNonNullElseGet(known.getTrailers(), Metadata::new)));
  }

  @Override
  public void onCompleted() {
    end.complete(new Calls.End(Status.OK, new Metadata()));
  }
}
