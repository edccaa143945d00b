package io.millrace.server.rest;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import io.millrace.server.lifecycle.ModelManager;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * The calls of the Open Inference Protocol that run models. They may take long for a large body.
 * Thread-safe.
 */
final class InferCalls {
  private final ChosenVersions versions;
  private final ModelRuns runs;
  private final int maxBytes;

  InferCalls(
      ModelManager manager,
      Function<InferenceRequest, CompletionStage<InferenceResponse>> infer,
      int maxBytes) {
    this.versions = new ChosenVersions(manager);
    this.runs = new ModelRuns(infer);
    this.maxBytes = maxBytes;
  }

  /** Infer, its tensors in JSON or as bytes. */
  CompletionStage<HttpBody> infer(ModelPath path, RequestBody body, Patience patience) {
    patience.refuseIfOver();
    // Also: a model that is not there spares the reading.
    ChosenVersions.Chosen chosen = versions.choose(path);
    HeadLength head = HeadLength.ofCurrentCall();
    InferAnswer answer =
        new InferAnswer(new JsonAnswer(maxBytes), CallHeaders.ofAnswer(HeadLength.HEADER));
    if (!head.isZero()) {
      InferBody read = InferReader.of(body.plain(maxBytes), head, maxBytes).read();
      return runs.run(path, read, patience).thenApply(response -> answer.write(read, response));
    }
    ByteString raw = body.content(maxBytes);
    return bySignature(
        path,
        chosen,
        version -> {
          InferBody read = RawInput.read(version.signature(), raw);
          return runs.run(version.path(), read, patience)
              .thenApply(response -> answer.write(read, response));
        });
  }

  private CompletionStage<HttpBody> bySignature(
      ModelPath path,
      ChosenVersions.Chosen chosen,
      Function<ChosenVersions.Chosen, CompletionStage<HttpBody>> call) {
    return versions.follow(path, call.apply(chosen), call);
  }
}
