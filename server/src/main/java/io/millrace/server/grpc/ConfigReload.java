package io.millrace.server.grpc;

import io.millrace.server.lifecycle.ModelAdmin;
import io.millrace.server.lifecycle.ModelAdmin.LabelOrder;
import io.millrace.server.lifecycle.ModelAdmin.Manner;
import io.millrace.server.lifecycle.ModelAdmin.Order;
import io.millrace.server.lifecycle.ModelStatus;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.tensorflow.serving.ReloadConfigResponse;
import io.millrace.tensorflow.serving.StatusProto;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Has exactly the models serve that a configuration of TensorFlow Serving lists, by the orders that
 * operators give one by one. All loads are tried dry first, then carried out; then the labels move,
 * and only then goes what is not listed: a configuration that cannot be carried out takes nothing
 * away. Thread-safe.
 */
record ConfigReload(ModelCatalog catalog) {
  /**
   * Ends when the listed models serve and the others are on their way out, or with the first
   * failure.
   */
  CompletionStage<ReloadConfigResponse> carryOut(List<WantedModel> models) {
    ModelAdmin admin = catalog.admin();
    return all(models, model -> orders(model, Manner.DRY_RUN), admin::load)
        .thenCompose(known -> all(models, model -> orders(model, Manner.WHEN_SETTLED), admin::load))
        .thenCompose(loaded -> all(models, ConfigReload::labels, admin::setLabel))
        .thenCompose(labelled -> all(surplus(models), Stream::of, this::unload))
        .thenApply(
            done ->
                ReloadConfigResponse.newBuilder()
                    .setStatus(StatusProto.getDefaultInstance())
                    .build());
  }

  /** Gives all orders that come of the parts; ends when all have, badly if one has. */
  private static <P, O> CompletableFuture<Void> all(
      List<P> parts,
      Function<P, Stream<O>> orders,
      Function<O, ? extends CompletionStage<?>> giving) {
    return CompletableFuture.allOf(
        parts.stream()
            .flatMap(orders)
            .map(order -> giving.apply(order).toCompletableFuture())
            .toArray(CompletableFuture<?>[]::new));
  }

  private static Stream<Order> orders(WantedModel model, Manner manner) {
    return model.versions().isEmpty()
        ? Stream.of(new Order(model.name(), OptionalLong.empty(), manner))
        : model.versions().stream()
            .map(version -> new Order(model.name(), OptionalLong.of(version), manner));
  }

  private static Stream<LabelOrder> labels(WantedModel model) {
    return model.labels().entrySet().stream()
        .map(
            label ->
                new LabelOrder(
                    model.name(), label.getKey(), label.getValue(), OptionalLong.empty()));
  }

  /** What serves, or is about to, and is not listed. */
  private List<Order> surplus(List<WantedModel> models) {
    Map<String, WantedModel> wanted =
        models.stream().collect(Collectors.toMap(WantedModel::name, Function.identity()));
    return catalog.models().stream()
        .flatMap(
            model ->
                wanted.containsKey(model.model())
                    ? surplusVersions(model, wanted.get(model.model()))
                    : Stream.of(new Order(model.model(), OptionalLong.empty(), Manner.AT_ONCE)))
        .toList();
  }

  /** Of a model that is left to its version policy no version is too many. */
  private static Stream<Order> surplusVersions(ModelStatus model, WantedModel wanted) {
    return model.versions().stream()
        .filter(version -> !wanted.versions().isEmpty())
        .filter(version -> version.state() != VersionState.UNLOADED)
        .map(version -> version.id().version())
        .filter(version -> !wanted.versions().contains(version))
        .map(version -> new Order(model.model(), OptionalLong.of(version), Manner.AT_ONCE));
  }

  /** What has left the repository meanwhile needs no order to go. */
  private CompletionStage<?> unload(Order order) {
    return catalog
        .admin()
        .unload(order)
        .handle(
            (outcome, failure) -> {
              if (failure != null && !isGone(failure)) {
                throw new CompletionException(failure);
              }
              return order;
            });
  }

  private static boolean isGone(Throwable failure) {
    return StatusMapper.unwrap(failure) instanceof ServingException known
        && (known.reason() == Reason.MODEL_NOT_FOUND || known.reason() == Reason.VERSION_NOT_FOUND);
  }
}
