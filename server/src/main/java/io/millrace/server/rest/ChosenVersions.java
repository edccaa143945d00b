package io.millrace.server.rest;

import io.millrace.server.lifecycle.ModelManager;
import io.millrace.server.lifecycle.ServableHandle;
import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Preprocess;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.VersionSelector;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Chooses the versions by whose signatures bodies are read. Thread-safe. */
record ChosenVersions(ModelManager manager) {
  /** A version that served a moment ago. */
  record Chosen(
      ModelVersionId id,
      Signature signature,
      OutputRoles roles,
      ClassLabels labels,
      Preprocess preprocess) {
    /** Names this very version. */
    ModelPath path() {
      return new ModelPath(id.model(), new VersionSelector.ByNumber(id.version()));
    }

    /** How many classes of which outputs it has to name; see {@link ClassCounts#among}. */
    Map<String, Integer> among(ClassCounts classes) {
      return classes.among(signature.outputs(), roles, labels);
    }
  }

  /**
   * The answer to a body that is read by the signature of one version, which therefore has to run
   * it. If that has gone meanwhile, its successor is there, and the call is made once more.
   *
   * @param call reads the body anew each time: inflated, it may be much larger than what the server
   *     has counted, and must not be kept until the answer comes
   */
  <T> CompletionStage<T> answer(ModelPath path, Function<Chosen, CompletionStage<T>> call) {
    CompletionStage<T> answer = call.apply(choose(path));
    if (path.selector() instanceof VersionSelector.ByNumber) {
      return answer;
    }
    return answer.exceptionallyCompose(
        failure ->
            isGone(failure) ? call.apply(choose(path)) : CompletableFuture.failedStage(failure));
  }

  Chosen choose(ModelPath path) {
    try (ServableHandle handle = manager.acquire(path.model(), path.selector())) {
      return new Chosen(
          handle.id(),
          handle.servable().signature(),
          handle.servable().roles(),
          handle.servable().labels(),
          handle.config().preprocess());
    }
  }

  private static boolean isGone(Throwable failure) {
    Throwable cause = failure.getCause();
    if (failure instanceof CompletionException && cause != null) {
      return isGone(cause);
    }
    return failure instanceof ServingException known && known.reason() == Reason.VERSION_NOT_FOUND;
  }
}
