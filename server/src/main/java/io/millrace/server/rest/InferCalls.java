package io.millrace.server.rest;

import com.google.api.HttpBody;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * The calls of the Open Inference Protocol that run models, and Triton's generate. They may take
 * long for a large body. Thread-safe.
 */
final class InferCalls {
  private final ChosenVersions versions;
  private final ModelRuns runs;
  private final int maxBytes;

  InferCalls(
      ChosenVersions versions,
      Function<InferenceRequest, CompletionStage<InferenceResponse>> infer,
      int maxBytes) {
    this.versions = versions;
    this.runs = new ModelRuns(infer);
    this.maxBytes = maxBytes;
  }

  /** Infer, its tensors in JSON or as bytes. */
  CompletionStage<HttpBody> infer(ModelPath path, RequestBody body, Patience patience) {
    patience.refuseIfOver();
    HeadLength head = HeadLength.ofCurrentCall();
    InferAnswer answer =
        new InferAnswer(new JsonAnswer(maxBytes), CallHeaders.ofAnswer(HeadLength.HEADER));
    if (head.isZero()) {
      return versions.answer(
          path,
          version -> {
            InferBody read = RawInput.read(version.signature(), body.bytes(maxBytes));
            return runs.run(version.path(), read, patience)
                .thenApply(response -> answer.write(read, response));
          });
    }
    // A model that is not there spares the reading, and an answer that cannot be written the run.
    List<TensorSpec> outputs = versions.choose(path).signature().outputs();
    InferBody read = InferReader.of(body.plain(maxBytes), head, maxBytes).read();
    InferAnswer.requireForms(outputs, read.outputs());
    return runs.run(path, read, patience).thenApply(response -> answer.write(read, response));
  }

  /** Triton's generate. */
  CompletionStage<HttpBody> generate(ModelPath path, RequestBody body, Patience patience) {
    patience.refuseIfOver();
    GenerateAnswer answer = new GenerateAnswer(new JsonAnswer(maxBytes));
    return versions.answer(
        path,
        version -> {
          InferAnswer.requireForms(version.signature().outputs(), WantedOutputs.ALL);
          JsonText text = new JsonText(body.plain(maxBytes));
          InferBody read = new GenerateReader(version.signature(), maxBytes).read(text);
          return runs.run(version.path(), read, patience)
              .thenApply(response -> answer.write(read.id(), response));
        });
  }

  /**
   * The same as a stream of server-sent events. Models here answer a call once, so it has one, and
   * whatever goes wrong does so before the stream begins: the caller gets the status of the error.
   */
  CompletionStage<HttpBody> generateStream(ModelPath path, RequestBody body, Patience patience) {
    return generate(path, body, patience).thenApply(GenerateAnswer::asEvent);
  }
}
