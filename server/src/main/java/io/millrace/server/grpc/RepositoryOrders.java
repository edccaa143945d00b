package io.millrace.server.grpc;

import io.millrace.openinference.RepositoryModelLoadRequest;
import io.millrace.openinference.RepositoryModelLoadResponse;
import io.millrace.openinference.RepositoryModelUnloadRequest;
import io.millrace.openinference.RepositoryModelUnloadResponse;
import io.millrace.server.lifecycle.ModelAdmin;
import io.millrace.server.lifecycle.ModelAdmin.Manner;
import io.millrace.server.lifecycle.ModelAdmin.Order;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * The orders of operators as clients of the Open Inference Protocol send them: about whole models,
 * and answered when they are carried out. Else they are those of {@link AdminCalls}. Thread-safe.
 */
record RepositoryOrders(ModelAdmin admin) {
  /** Triton's clients always send it; as no model depends on another, it changes nothing. */
  private static final String UNLOAD_DEPENDENTS = "unload_dependents";

  CompletionStage<RepositoryModelLoadResponse> load(RepositoryModelLoadRequest request) {
    Named named = Named.in(request);
    Order order = named.order();
    refuseAllBut(Set.of(), request.getParametersMap().keySet());
    return admin.load(order).thenApply(outcome -> loaded(named));
  }

  CompletionStage<RepositoryModelUnloadResponse> unload(RepositoryModelUnloadRequest request) {
    Named named = Named.in(request);
    Order order = named.order();
    refuseAllBut(Set.of(UNLOAD_DEPENDENTS), request.getParametersMap().keySet());
    return admin.unload(order).thenApply(outcome -> unloaded(named));
  }

  /**
   * The name of a model in a request. Triton has it in field 2, behind that of a repository; KServe
   * has it in field 1, and no field 2.
   *
   * @param first the field 1
   * @param second the field 2
   */
  record Named(String first, String second) {
    static Named in(RepositoryModelLoadRequest request) {
      return new Named(request.getRepositoryName(), request.getModelName());
    }

    static Named in(RepositoryModelUnloadRequest request) {
      return new Named(request.getRepositoryName(), request.getModelName());
    }

    boolean isKServes() {
      return second.isEmpty();
    }

    /** Good or bad. */
    String model() {
      return isKServes() ? first : second;
    }

    private Order order() {
      String model = RequestFields.modelName("model_name", model());
      if (!isKServes()) {
        RequestFields.requireNoRepository(first);
      }
      return new Order(model, OptionalLong.empty(), Manner.WHEN_SETTLED);
    }
  }

  private static void refuseAllBut(Set<String> known, Set<String> given) {
    given.stream()
        .filter(name -> !known.contains(name))
        .sorted()
        .findFirst()
        .ifPresent(
            name -> {
              throw ServingException.refusal(
                  Reason.UNSUPPORTED_OPERATION,
                  "parameters",
                  ("parameter %s is not supported: a model is served as it is in the repository, so"
                          + " change its files and its config.yaml there")
                      .formatted(Quote.of(name)));
            });
  }

  private static RepositoryModelLoadResponse loaded(Named named) {
    return named.isKServes()
        ? RepositoryModelLoadResponse.newBuilder()
            .setModelName(named.model())
            .setIsLoaded(true)
            .build()
        : RepositoryModelLoadResponse.getDefaultInstance();
  }

  private static RepositoryModelUnloadResponse unloaded(Named named) {
    return named.isKServes()
        ? RepositoryModelUnloadResponse.newBuilder()
            .setModelName(named.model())
            .setIsUnloaded(true)
            .build()
        : RepositoryModelUnloadResponse.getDefaultInstance();
  }
}
