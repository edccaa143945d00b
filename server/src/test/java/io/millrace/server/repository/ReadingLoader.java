package io.millrace.server.repository;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServableLoader;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionArtifact;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Loads a model as engines do: its file, and {@code weights.bin} beside it if there is one. What it
 * read is the servable's engine name. Confined to one thread.
 */
final class ReadingLoader implements ServableLoader {
  int loads;
  int closes;

  /** Runs between the reading of the two files. */
  Runnable meanwhile = () -> {};

  @Override
  public Servable load(VersionArtifact artifact) {
    loads++;
    try {
      String model = Files.readString(artifact.modelFile());
      meanwhile.run();
      Path weights = artifact.modelFile().resolveSibling("weights.bin");
      return new Read(Files.exists(weights) ? model + "+" + Files.readString(weights) : model);
    } catch (IOException e) {
      throw ServingException.failure(Reason.MODEL_LOAD_FAILED, "cannot read the model", e);
    }
  }

  private final class Read implements Servable {
    private final String content;

    Read(String content) {
      this.content = content;
    }

    @Override
    public Signature signature() {
      return new Signature(List.of(), List.of());
    }

    @Override
    public String engine() {
      return content;
    }

    @Override
    public CompletionStage<List<Tensor>> infer(InferenceRequest request) {
      return CompletableFuture.completedFuture(List.of());
    }

    @Override
    public void close() {
      closes++;
    }
  }
}
