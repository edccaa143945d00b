package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.lifecycle.Configuration.Listed;
import io.millrace.server.lifecycle.ModelAdmin.LabelOrder;
import io.millrace.server.lifecycle.ModelAdmin.Manner;
import io.millrace.server.lifecycle.ModelAdmin.Order;
import io.millrace.server.model.ServingException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** A manager that takes configurations and orders; every thread is run by hand. */
final class ConfiguredHouse {
  static final OptionalLong ALL = OptionalLong.empty();

  final ManualLifecycle house;

  ConfiguredHouse(ModelControl control) {
    house = new ManualLifecycle(control);
    house.manager().firstScanDone();
  }

  /** A model that a configuration lists. */
  record Wanted(String name, Listed listed) {}

  static Wanted byPolicy(String model) {
    return new Wanted(model, new Listed(Set.of(), Map.of()));
  }

  static Wanted exactly(String model, Long... versions) {
    return new Wanted(model, new Listed(Set.of(versions), Map.of()));
  }

  static Wanted labelled(Wanted model, String label, long version) {
    return new Wanted(model.name(), new Listed(model.listed().versions(), Map.of(label, version)));
  }

  /** A scan finds these versions, newest first, of which the policy keeps the newest. */
  void arrive(String model, long... versions) {
    house.settle(Wishes.newestOf(model, 1, versions));
  }

  /** Every load of this version fails, for a reason that does not pass. */
  void breakLoadsOf(long version) {
    house.loader().breakLoad(version, "damaged");
  }

  /** Begins with a configuration, as far as the lifecycle thread comes without a loader. */
  CompletableFuture<Void> begin(Wanted... models) {
    return begin(() -> false, models);
  }

  CompletableFuture<Void> begin(BooleanSupplier isCallerGone, Wanted... models) {
    CompletableFuture<Void> end =
        house
            .manager()
            .admin()
            .configure(
                new Configuration(
                    Arrays.stream(models).collect(Collectors.toMap(Wanted::name, Wanted::listed))),
                isCallerGone)
            .toCompletableFuture();
    house.lifecycle.runAll();
    return end;
  }

  /** Puts a configuration into force. */
  void configure(Wanted... models) {
    CompletableFuture<Void> end = begin(models);
    house.settle();
    assertThat(end).isCompleted();
  }

  /** How a configuration is refused. */
  ServingException refused(Wanted... models) {
    CompletableFuture<Void> end = begin(models);
    house.settle();
    return refusal(end);
  }

  static ServingException refusal(CompletableFuture<?> ended) {
    assertThat(ended).isCompletedExceptionally();
    try {
      throw new AssertionError("expected a refusal, got " + ended.join());
    } catch (CompletionException e) {
      if (e.getCause() instanceof ServingException refusal) {
        return refusal;
      }
      throw e;
    }
  }

  void load(String model, OptionalLong version) {
    var unused = house.manager().admin().load(new Order(model, version, Manner.AT_ONCE));
    house.settle();
  }

  void unload(String model, OptionalLong version) {
    var unused = house.manager().admin().unload(new Order(model, version, Manner.AT_ONCE));
    house.settle();
  }

  /** Moves a label, which must be possible. */
  void setLabel(String model, String label, long version) {
    CompletableFuture<Map<String, Long>> labels =
        house
            .manager()
            .admin()
            .setLabel(new LabelOrder(model, label, version, ALL))
            .toCompletableFuture();
    house.lifecycle.runAll();
    assertThat(labels).isCompleted();
    assertThat(labels.join()).containsEntry(label, version);
  }

  /** The versions that answer calls, newest first. */
  List<Long> serving(String model) {
    return house.manager().model(model).map(ModelStatus::versions).orElse(List.of()).stream()
        .filter(version -> version.state() == VersionState.READY)
        .map(version -> version.id().version())
        .toList();
  }

  Map<String, Long> labels(String model) {
    return house.manager().model(model).orElseThrow().labels();
  }
}
