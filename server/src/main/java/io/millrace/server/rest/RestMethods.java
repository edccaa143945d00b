package io.millrace.server.rest;

import com.google.api.HttpBody;
import io.grpc.stub.StreamObserver;
import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.v1.HttpModelRequest;
import io.millrace.v1.HttpServerRequest;
import io.millrace.v1.RestServiceGrpc.RestServiceImplBase;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** The methods of the service. Thread-safe. */
final class RestMethods extends RestServiceImplBase {
  /** Bodies up to this size are read on the calling thread, which is an event loop. */
  static final int QUICK_BYTES = 64 << 10;

  /** Large bodies that wait or are read may hold so many times the largest message. */
  private static final int MAX_HELD_MESSAGES = 4;

  private static final String SERVER_NAME = "millrace";
  private static final String BINARY_HEADER = "inference-header-content-length";

  private final RestGrpcService.Options options;
  private final RestGrpcService.Models models;
  private final BodyCalls calls;
  private final BodyQueue queue;
  private final JsonAnswer answer;
  private final ModelDocuments documents;

  RestMethods(
      RestGrpcService.Options options,
      RestGrpcService.Models models,
      BodyCalls calls,
      Executor workers) {
    this.options = options;
    this.models = models;
    this.calls = calls;
    this.queue = new BodyQueue(workers, (long) MAX_HELD_MESSAGES * options.maxMessageBytes());
    this.answer = new JsonAnswer(options.maxMessageBytes());
    this.documents = new ModelDocuments(models.manager(), answer);
  }

  @Override
  public void predict(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    run(
        request,
        observer,
        (path, body, patience) -> calls.predict(path, body, patience, topClasses(request)));
  }

  private static ClassCounts topClasses(HttpModelRequest request) {
    int most = request.getTopK();
    return ClassCounts.ofScores("top_k", OptionalLong.of(most), Integer.toString(most));
  }

  @Override
  public void v2ModelInfer(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    if (!CallHeaders.ofCurrentCall(BINARY_HEADER).isEmpty()) {
      call(request, observer)
          .fail(
              Refusals.unsupported(
                  "the header Inference-Header-Content-Length announces binary tensors, which are"
                      + " not supported yet; send tensors as JSON"));
      return;
    }
    run(request, observer, calls::infer);
  }

  /** Reads a body and runs a model. */
  private interface BodyCall {
    CompletionStage<HttpBody> run(ModelPath path, RequestBody body, Patience patience);
  }

  private void run(HttpModelRequest request, StreamObserver<HttpBody> observer, BodyCall bodyCall) {
    RestCall call = call(request, observer);
    Patience patience = Patience.ofCurrentCall(observer, options);
    RequestBody body = RequestBody.ofCurrentCall(request.getBody());
    Supplier<CompletionStage<HttpBody>> work =
        () -> bodyCall.run(ModelPath.of(request), body, patience);
    if (body.isQuick(QUICK_BYTES)) {
      call.later(work);
      return;
    }
    try {
      queue.execute(body.data().size(), () -> call.later(work));
    } catch (ServingException e) {
      call.fail(e);
    }
  }

  @Override
  public void getModelMetadata(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    call(request, observer).now(() -> documents.signatureDef(ModelPath.of(request)));
  }

  @Override
  public void v2ModelMetadata(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    call(request, observer).now(() -> documents.openInference(ModelPath.of(request)));
  }

  @Override
  public void v2ModelReady(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    call(request, observer)
        .now(
            () -> {
              ModelPath path = ModelPath.of(request);
              models.manager().acquire(path.model(), path.selector()).close();
              return yes("ready");
            });
  }

  /** Clients call what is named as an extension, and fail if it is missing. */
  @Override
  public void v2ServerMetadata(HttpServerRequest request, StreamObserver<HttpBody> observer) {
    call(observer)
        .now(
            () ->
                answer.compact(
                    json -> {
                      json.writeStartObject();
                      json.writeStringField("name", SERVER_NAME);
                      json.writeStringField("version", options.serverVersion());
                      json.writeArrayFieldStart("extensions");
                      json.writeString(ClassCounts.PARAMETER);
                      json.writeEndArray();
                      json.writeEndObject();
                    }));
  }

  @Override
  public void v2ServerLive(HttpServerRequest request, StreamObserver<HttpBody> observer) {
    call(observer).now(() -> yes("live"));
  }

  @Override
  public void v2ServerReady(HttpServerRequest request, StreamObserver<HttpBody> observer) {
    call(observer)
        .now(
            () -> {
              if (!models.ready().getAsBoolean()) {
                throw ServingException.refusal(
                    Reason.SERVER_STARTING, "the server is not ready: it is starting or stopping");
              }
              return yes("ready");
            });
  }

  private HttpBody yes(String what) {
    return answer.compact(
        json -> {
          json.writeStartObject();
          json.writeBooleanField(what, true);
          json.writeEndObject();
        });
  }

  private static RestCall call(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    return new RestCall(observer, () -> ModelPath.subject(request));
  }

  private static RestCall call(StreamObserver<HttpBody> observer) {
    return new RestCall(observer, Map::of);
  }
}
