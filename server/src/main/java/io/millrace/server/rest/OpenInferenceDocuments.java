package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import com.google.api.HttpBody;
import com.google.protobuf.Message;
import io.grpc.stub.StreamObserver;
import io.millrace.openinference.GRPCInferenceServiceGrpc.AsyncService;
import io.millrace.openinference.ModelConfigRequest;
import io.millrace.openinference.ModelStatisticsRequest;
import io.millrace.openinference.RepositoryIndexRequest;
import io.millrace.openinference.RepositoryIndexResponse;
import io.millrace.openinference.RepositoryIndexResponse.ModelIndex;
import io.millrace.openinference.RepositoryModelLoadRequest;
import io.millrace.openinference.RepositoryModelUnloadRequest;
import io.millrace.openinference.ServerMetadataRequest;
import io.millrace.v1.HttpModelRequest;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;

/**
 * What Triton tells and takes beside inferences, by REST: the answers of the gRPC service as JSON.
 * Thread-safe.
 *
 * @param service asked as if by gRPC
 */
record OpenInferenceDocuments(AsyncService service, JsonAnswer answer) {
  CompletionStage<HttpBody> server() {
    return ask(service::serverMetadata, ServerMetadataRequest.getDefaultInstance())
        .thenApply(this::json);
  }

  CompletionStage<HttpBody> config(HttpModelRequest request) {
    var unused = ModelPath.of(request);
    ModelConfigRequest asked =
        ModelConfigRequest.newBuilder()
            .setName(request.getModel())
            .setVersion(request.getVersion())
            .build();
    return ask(service::modelConfig, asked).thenApply(told -> json(told.getConfig()));
  }

  CompletionStage<HttpBody> statistics(HttpModelRequest request) {
    var unused = ModelPath.of(request);
    return statistics(
        ModelStatisticsRequest.newBuilder()
            .setName(request.getModel())
            .setVersion(request.getVersion())
            .build());
  }

  CompletionStage<HttpBody> statistics() {
    return statistics(ModelStatisticsRequest.getDefaultInstance());
  }

  private CompletionStage<HttpBody> statistics(ModelStatisticsRequest asked) {
    return ask(service::modelStatistics, asked).thenApply(this::json);
  }

  CompletionStage<HttpBody> index(RequestBody body) {
    RepositoryBody question = RepositoryBody.read(body);
    RepositoryIndexRequest asked =
        RepositoryIndexRequest.newBuilder()
            .setRepositoryName(question.repositoryName())
            .setReady(question.readyOnly())
            .build();
    return ask(service::repositoryIndex, asked)
        .thenApply(index -> answer.compact(json -> writeIndex(json, index)));
  }

  private static void writeIndex(JsonGenerator json, RepositoryIndexResponse index)
      throws IOException {
    json.writeStartArray();
    for (ModelIndex version : index.getModelsList()) {
      json.writeStartObject();
      json.writeStringField("name", version.getName());
      json.writeStringField("version", version.getVersion());
      json.writeStringField("state", version.getState());
      if (!version.getReason().isEmpty()) {
        json.writeStringField("reason", version.getReason());
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  CompletionStage<HttpBody> load(HttpModelRequest request, RequestBody body) {
    RepositoryModelLoadRequest order =
        RepositoryModelLoadRequest.newBuilder()
            .setModelName(ModelPath.of(request).model())
            .putAllParameters(RepositoryBody.read(body).parameters())
            .build();
    return ask(service::repositoryModelLoad, order)
        .thenApply(done -> done(request.getModel(), "load"));
  }

  CompletionStage<HttpBody> unload(HttpModelRequest request, RequestBody body) {
    RepositoryModelUnloadRequest order =
        RepositoryModelUnloadRequest.newBuilder()
            .setModelName(ModelPath.of(request).model())
            .putAllParameters(RepositoryBody.read(body).parameters())
            .build();
    return ask(service::repositoryModelUnload, order)
        .thenApply(done -> done(request.getModel(), "unload"));
  }

  /** As KServe answers; Triton's body is empty, and its clients look at the status alone. */
  private HttpBody done(String model, String what) {
    return answer.compact(
        json -> {
          json.writeStartObject();
          json.writeStringField("name", model);
          json.writeBooleanField(what, true);
          json.writeEndObject();
        });
  }

  private HttpBody json(Message message) {
    return answer.compact(json -> MessageJson.write(json, message));
  }

  private static <Q, P> CompletionStage<P> ask(BiConsumer<Q, StreamObserver<P>> method, Q request) {
    CompletableFuture<P> answer = new CompletableFuture<>();
    method.accept(request, new Answer<>(answer));
    return answer;
  }

  /** The answer of a service to one call. */
  private record Answer<P>(CompletableFuture<P> answer) implements StreamObserver<P> {
    @Override
    public void onNext(P value) {
      answer.complete(value);
    }

    @Override
    public void onError(Throwable failure) {
      answer.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {}
  }
}
