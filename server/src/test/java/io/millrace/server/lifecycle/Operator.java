package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.lifecycle.ModelAdmin.LabelOrder;
import io.millrace.server.lifecycle.ModelAdmin.Manner;
import io.millrace.server.lifecycle.ModelAdmin.Order;
import io.millrace.server.lifecycle.ModelAdmin.Outcome;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** Gives orders about the model that tests speak of, and has them carried out by hand. */
final class Operator {
  static final OptionalLong ANY = OptionalLong.empty();

  final ManualLifecycle house;

  Operator(ModelControl control) {
    house = new ManualLifecycle(control);
  }

  static Order order(OptionalLong version, Manner manner) {
    return new Order(Wishes.MODEL, version, manner);
  }

  Outcome done(CompletionStage<Outcome> order) {
    house.settle();
    return ended(order);
  }

  /** What was settled has ended: a wait here would never end. */
  static <T> T ended(CompletionStage<T> stage) {
    assertThat(stage.toCompletableFuture()).isDone();
    return stage.toCompletableFuture().join();
  }

  /** The version that answers, without keeping it from being unloaded. */
  long latest() {
    try (ServableHandle handle = house.acquireLatest()) {
      return handle.id().version();
    }
  }

  long answering(long version) {
    try (ServableHandle handle = house.acquire(version)) {
      return handle.id().version();
    }
  }

  Object copyThatAnswers() {
    try (ServableHandle handle = house.acquireLatest()) {
      return handle.servable();
    }
  }

  Outcome load(long version) {
    return done(house.manager().admin().load(order(OptionalLong.of(version), Manner.WHEN_SETTLED)));
  }

  Outcome load() {
    return done(house.manager().admin().load(order(ANY, Manner.WHEN_SETTLED)));
  }

  Outcome unload(long version) {
    return done(
        house.manager().admin().unload(order(OptionalLong.of(version), Manner.WHEN_SETTLED)));
  }

  Outcome unload() {
    return done(house.manager().admin().unload(order(ANY, Manner.WHEN_SETTLED)));
  }

  Outcome reload() {
    return done(house.manager().admin().reload(order(ANY, Manner.WHEN_SETTLED)));
  }

  Map<String, Long> setLabel(String label, long version, OptionalLong expected) {
    CompletionStage<Map<String, Long>> labels =
        house.manager().admin().setLabel(new LabelOrder(Wishes.MODEL, label, version, expected));
    house.settle();
    return ended(labels);
  }

  Map<String, Long> labels() {
    return house.manager().model(Wishes.MODEL).orElseThrow().labels();
  }

  static Reason reasonOf(Runnable call) {
    try {
      call.run();
      throw new AssertionError("expected a refusal");
    } catch (CompletionException e) {
      if (e.getCause() instanceof ServingException refusal) {
        return refusal.reason();
      }
      throw e;
    }
  }
}
