package io.millrace.server.rest;

import com.google.api.HttpBody;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import io.millrace.server.image.ImageDecoder;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.v1.HttpModelRequest;
import io.millrace.v1.HttpServerRequest;
import io.millrace.v1.RestServiceGrpc.RestServiceImplBase;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/** The methods of the service. Thread-safe. */
final class RestMethods extends RestServiceImplBase {
  /** Bodies up to this size are read on the calling thread, which is an event loop. */
  static final int QUICK_BYTES = 64 << 10;

  /** Large bodies that wait or are read may hold so many times the largest message. */
  private static final int MAX_HELD_MESSAGES = 4;

  private final RestGrpcService.Options options;
  private final RestGrpcService.Models models;
  private final OpenInferenceDocuments openInference;
  private final ExampleCalls examples;
  private final InferCalls inferCalls;
  private final ContentCalls contents;
  private final BodyQueue queue;
  private final JsonAnswer answer;
  private final ModelDocuments documents;

  RestMethods(
      RestGrpcService.Options options,
      RestGrpcService.Models models,
      Function<InferenceRequest, CompletionStage<InferenceResponse>> infer,
      ImageDecoder images,
      Executor workers) {
    this.options = options;
    this.models = models;
    int maxBytes = options.maxMessageBytes();
    ChosenVersions versions = new ChosenVersions(models.manager());
    this.contents =
        new ContentCalls(
            versions,
            infer,
            images,
            new ContentCalls.Limits(maxBytes, models.inference()::answerRoom));
    this.examples = new ExampleCalls(versions, infer, images, maxBytes);
    this.inferCalls = new InferCalls(versions, infer, maxBytes);
    this.queue = new BodyQueue(workers, (long) MAX_HELD_MESSAGES * options.maxMessageBytes());
    this.answer = new JsonAnswer(options.maxMessageBytes());
    this.documents = new ModelDocuments(models.manager(), answer);
    this.openInference = new OpenInferenceDocuments(models.openInference(), answer);
  }

  @Override
  public void predict(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    ContentQuery query = ContentQuery.ofCurrentCall(request);
    String path = CallHeaders.ofCurrentCall(CallHeaders.PATH);
    // What its parameters mean depends on what its body is.
    RestCall call =
        new RestCall(
            observer, () -> ModelPath.subject(request), () -> QueryParameter.requireOnce(path));
    run(
        call,
        request,
        (model, body, patience) -> {
          QueryParameter.requireMeaning(query, body.kind());
          return contents.predict(model, body, query, patience);
        },
        request.getBody().getData().size());
  }

  @Override
  public void classify(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    runExamples(request, observer, examples::classify);
  }

  @Override
  public void regress(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    runExamples(request, observer, examples::regress);
  }

  /** A context of half a body is written once more for each empty example in the other half. */
  private void runExamples(
      HttpModelRequest request, StreamObserver<HttpBody> observer, BodyCall bodyCall) {
    long bytes = request.getBody().getData().size();
    long written = Math.max(bytes, bytes / 2 * (bytes / 2) / "{},".length());
    run(call(request, observer), request, bodyCall, (int) Math.min(written, Integer.MAX_VALUE));
  }

  @Override
  public void v2ModelInfer(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    int bytes = request.getBody().getData().size();
    int textBytes = HeadLength.ofCurrentCall().textBytes(bytes);
    run(call(request, observer), request, inferCalls::infer, textBytes);
  }

  @Override
  public void v2ModelGenerate(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    run(request, observer, inferCalls::generate);
  }

  @Override
  public void v2ModelGenerateStream(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    run(request, observer, inferCalls::generateStream);
  }

  /** Reads a body and runs a model. */
  private interface BodyCall {
    CompletionStage<HttpBody> run(ModelPath path, RequestBody body, Patience patience);
  }

  private void run(HttpModelRequest request, StreamObserver<HttpBody> observer, BodyCall bodyCall) {
    run(call(request, observer), request, bodyCall, request.getBody().getData().size());
  }

  /**
   * @param textBytes how much of the body is text, or becomes of it
   */
  private void run(RestCall call, HttpModelRequest request, BodyCall bodyCall, int textBytes) {
    Patience patience = Patience.ofCurrentCall(call.observer(), options);
    RequestBody body = RequestBody.ofCurrentCall(request.getBody());
    // What turns out to take long may do so on a thread that knows nothing of the call.
    Runnable onWorker =
        Context.current()
            .wrap(
                () ->
                    handOver(
                        call, body, () -> bodyCall.run(ModelPath.of(request), body, patience)));
    if (body.isQuick(textBytes, QUICK_BYTES)) {
      call.inPassing(
          () -> bodyCall.run(ModelPath.of(request), body.inPassing(), patience), onWorker);
    } else {
      onWorker.run();
    }
  }

  private void handOver(RestCall call, RequestBody body, Supplier<CompletionStage<HttpBody>> work) {
    try {
      queue.execute(body.heldBytes(options.maxMessageBytes()), () -> call.later(work));
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

  @Override
  public void v2ServerMetadata(HttpServerRequest request, StreamObserver<HttpBody> observer) {
    call(observer).later(openInference::server);
  }

  @Override
  public void v2ModelConfig(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    call(request, observer).later(() -> openInference.config(request));
  }

  @Override
  public void v2ModelStatistics(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    call(request, observer).later(() -> openInference.statistics(request));
  }

  @Override
  public void v2Statistics(HttpServerRequest request, StreamObserver<HttpBody> observer) {
    call(observer).later(openInference::statistics);
  }

  @Override
  public void v2RepositoryIndex(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    RequestBody body = RequestBody.ofCurrentCall(request.getBody());
    call(request, observer).later(() -> openInference.index(body));
  }

  @Override
  public void v2RepositoryModelLoad(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    RequestBody body = RequestBody.ofCurrentCall(request.getBody());
    call(request, observer).later(() -> openInference.load(request, body));
  }

  @Override
  public void v2RepositoryModelUnload(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    RequestBody body = RequestBody.ofCurrentCall(request.getBody());
    call(request, observer).later(() -> openInference.unload(request, body));
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

  /** A call for which queries say nothing. */
  private static RestCall call(HttpModelRequest request, StreamObserver<HttpBody> observer) {
    return new RestCall(
        observer,
        () -> ModelPath.subject(request),
        () -> QueryParameter.requireNone(ContentQuery.of(request)));
  }

  private static RestCall call(StreamObserver<HttpBody> observer) {
    return new RestCall(observer, Map::of, () -> {});
  }
}
