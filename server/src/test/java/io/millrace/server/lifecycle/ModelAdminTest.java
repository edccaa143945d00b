package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.lifecycle.ModelAdmin.LabelOrder;
import io.millrace.server.lifecycle.ModelAdmin.Manner;
import io.millrace.server.lifecycle.ModelAdmin.Order;
import io.millrace.server.lifecycle.ModelAdmin.Outcome;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Orders of operators; every thread is run by hand. */
final class ModelAdminTest {
  private static final OptionalLong ANY = OptionalLong.empty();

  private ManualLifecycle house = new ManualLifecycle();

  private static Order order(OptionalLong version, Manner manner) {
    return new Order(Wishes.MODEL, version, manner);
  }

  private Outcome done(CompletionStage<Outcome> order) {
    house.settle();
    return ended(order);
  }

  /** What was settled has ended: a wait here would never end. */
  private static <T> T ended(CompletionStage<T> stage) {
    assertThat(stage.toCompletableFuture()).isDone();
    return stage.toCompletableFuture().join();
  }

  /** The version that answers, without keeping it from being unloaded. */
  private long latest() {
    try (ServableHandle handle = house.acquireLatest()) {
      return handle.id().version();
    }
  }

  private long answering(long version) {
    try (ServableHandle handle = house.acquire(version)) {
      return handle.id().version();
    }
  }

  private Object copyThatAnswers() {
    try (ServableHandle handle = house.acquireLatest()) {
      return handle.servable();
    }
  }

  private Outcome load(long version) {
    return done(house.manager().admin().load(order(OptionalLong.of(version), Manner.WHEN_SETTLED)));
  }

  private Outcome load() {
    return done(house.manager().admin().load(order(ANY, Manner.WHEN_SETTLED)));
  }

  private Outcome unload(long version) {
    return done(
        house.manager().admin().unload(order(OptionalLong.of(version), Manner.WHEN_SETTLED)));
  }

  private Outcome unload() {
    return done(house.manager().admin().unload(order(ANY, Manner.WHEN_SETTLED)));
  }

  private Outcome reload() {
    return done(house.manager().admin().reload(order(ANY, Manner.WHEN_SETTLED)));
  }

  private Map<String, Long> setLabel(String label, long version, OptionalLong expected) {
    CompletionStage<Map<String, Long>> labels =
        house.manager().admin().setLabel(new LabelOrder(Wishes.MODEL, label, version, expected));
    house.settle();
    return ended(labels);
  }

  private Map<String, Long> labels() {
    return house.manager().model(Wishes.MODEL).orElseThrow().labels();
  }

  private static Reason reasonOf(Runnable call) {
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

  @Test
  void aLoadByNumber_servesBesideThePolicysVersion_untilItIsUnloaded() {
    house.settle(Wishes.newest(1, 3, 2, 1));

    load(1);
    assertThat(answering(1)).isEqualTo(1);
    assertThat(latest()).isEqualTo(3);

    house.settle(Wishes.newest(1, 4, 3, 2, 1));
    assertThat(answering(1)).isEqualTo(1);

    unload(1);
    assertThat(house.status(1).state()).isEqualTo(VersionState.UNLOADED);
    assertThat(latest()).isEqualTo(4);
  }

  @Test
  void aVersionThatThePolicyLeavesOut_isLoadedByNumber() {
    house.settle(Wishes.sparing(1, Wishes.newest(1, 2)));

    load(1);

    assertThat(answering(1)).isEqualTo(1);
    assertThat(answering(2)).isEqualTo(2);
  }

  @Test
  void aLoadOfWhatServes_isDoneAtOnce_andLoadsNothing() {
    house.settle(Wishes.newest(1, 1));

    assertThat(load().versions()).hasSize(1);
    load(1);

    assertThat(house.loader().loaded()).hasSize(1);
  }

  @Test
  void anUnload_holdsOverScans_andALoadEndsIt() {
    house.settle(Wishes.newest(1, 2, 1));

    unload();
    house.settle(Wishes.newest(1, 2, 1));
    assertThat(house.status(2).state()).isEqualTo(VersionState.UNLOADED);
    assertThatThrownBy(house::acquireLatest).hasMessageContaining("LoadModel or :load loads it");
    assertThatThrownBy(() -> house.acquire(2)).hasMessageContaining("LoadModel or :load loads it");

    load();
    assertThat(latest()).isEqualTo(2);
  }

  @Test
  void anUnloadOfTheNewest_bringsNoOlderOneUp() {
    house.settle(Wishes.newest(1, 2, 1));

    unload(2);

    assertThat(house.loader().loaded()).hasSize(1);
    assertThatThrownBy(house::acquireLatest).hasMessageContaining("is served");
  }

  @Test
  void anUnloadOfAnother_doesNotHoldUpWhatWasAskedForWhileItWasGoing() {
    house.settle(Wishes.newest(1, 2, 1));
    load(1);
    ServableHandle call = house.acquire(2);
    var unused = house.manager().admin().unload(order(OptionalLong.of(2), Manner.AT_ONCE));
    var unused2 = house.manager().admin().load(order(ANY, Manner.AT_ONCE));
    house.settle();
    assertThat(house.status(2).state()).isEqualTo(VersionState.DRAINING);

    var unused3 = house.manager().admin().unload(order(OptionalLong.of(1), Manner.AT_ONCE));
    house.settle();
    call.close();
    house.settle();

    assertThat(answering(2)).isEqualTo(2);
    assertThat(house.status(1).state()).isEqualTo(VersionState.UNLOADED);
  }

  @Test
  void aVersionThatIsUnloadedWhileItLoads_doesNotStepInForAnother() {
    house.settle(Wishes.newest(1, 2, 1));
    var unused = house.manager().admin().load(order(OptionalLong.of(1), Manner.AT_ONCE));
    var unused2 = house.manager().admin().unload(order(OptionalLong.of(1), Manner.AT_ONCE));
    var unused3 = house.manager().admin().load(order(ANY, Manner.AT_ONCE));
    var unused4 = house.manager().admin().unload(order(OptionalLong.of(2), Manner.AT_ONCE));
    house.settle();

    assertThatThrownBy(house::acquireLatest).hasMessageContaining("is served");
  }

  @Test
  void aVersionThatIsUnloadedWhileItLoads_neverServes() {
    house.manager().accept(Wishes.newest(1, 1));
    house.lifecycle.runAll();

    unload();

    assertThat(house.events).doesNotContain("1 READY");
    assertThat(house.status(1).state()).isEqualTo(VersionState.UNLOADED);
  }

  @Test
  void aLoadThatFails_isAnErrorToWhoWaits_andIsTriedAgainByTheNextLoad() {
    house
        .loader()
        .onLoad(
            1,
            id -> {
              throw ServingException.refusal(Reason.MODEL_LOAD_FAILED, "damaged");
            });
    house.settle(Wishes.newest(1, 1));

    assertThat(reasonOf(() -> load(1))).isEqualTo(Reason.MODEL_LOAD_FAILED);
    assertThat(reasonOf(this::load)).isEqualTo(Reason.MODEL_LOAD_FAILED);

    house.loader().onLoad(1, FakeServable::plain);
    load();
    assertThat(latest()).isEqualTo(1);
  }

  @Test
  void anOrderAboutWhatIsNotThere_isNotFound() {
    assertThat(reasonOf(this::load)).isEqualTo(Reason.SERVER_STARTING);
    house.manager().firstScanDone();
    assertThat(reasonOf(this::unload)).isEqualTo(Reason.MODEL_NOT_FOUND);

    house.settle(Wishes.newest(1, 1));
    assertThat(reasonOf(() -> load(7))).isEqualTo(Reason.VERSION_NOT_FOUND);
    assertThat(reasonOf(() -> unload(7))).isEqualTo(Reason.VERSION_NOT_FOUND);
  }

  @Test
  void aDryRun_saysWhatWouldHappen_andChangesNothing() {
    house.settle(Wishes.newest(1, 2, 1));
    house.events.clear();

    assertThat(
            done(house.manager().admin().load(order(OptionalLong.of(1), Manner.DRY_RUN))).planned())
        .containsExactly("load iris/1");
    assertThat(done(house.manager().admin().unload(order(ANY, Manner.DRY_RUN))).planned())
        .containsExactly("unload iris/2");
    assertThat(done(house.manager().admin().reload(order(ANY, Manner.DRY_RUN))).planned())
        .containsExactly("reload iris/2");
    assertThat(done(house.manager().admin().load(order(ANY, Manner.DRY_RUN))).planned()).isEmpty();
    house.settle(Wishes.newest(1, 2, 1));
    assertThat(house.events).isEmpty();
  }

  @Test
  void whoDoesNotWait_isAnsweredBeforeTheLoadEnds() {
    house.settle(Wishes.newest(1, 2, 1));
    CompletableFuture<Outcome> atOnce =
        house
            .manager()
            .admin()
            .load(order(OptionalLong.of(1), Manner.AT_ONCE))
            .toCompletableFuture();
    CompletableFuture<Outcome> settled =
        house
            .manager()
            .admin()
            .load(order(OptionalLong.of(1), Manner.WHEN_SETTLED))
            .toCompletableFuture();
    house.lifecycle.runAll();

    assertThat(atOnce.join().versions())
        .extracting(VersionStatus::state)
        .containsExactly(VersionState.READY, VersionState.NEW);
    assertThat(settled).isNotDone();
    house.settle();
    assertThat(settled.join().versions())
        .extracting(VersionStatus::state)
        .containsExactly(VersionState.READY, VersionState.READY);
  }

  @Test
  void aStop_endsThoseWhoWait() {
    house.settle(Wishes.newest(1, 2, 1));
    CompletableFuture<Outcome> settled =
        house
            .manager()
            .admin()
            .load(order(OptionalLong.of(1), Manner.WHEN_SETTLED))
            .toCompletableFuture();
    house.manager().admin().endWaits();
    house.lifecycle.runAll();

    assertThat(reasonOf(settled::join)).isEqualTo(Reason.SERVER_DRAINING);
  }

  @Test
  void onlyByOrders_nothingIsLoadedThatNobodyAskedFor() {
    house = new ManualLifecycle(ModelControl.EXPLICIT);
    house.settle(Wishes.newest(1, 2, 1));
    assertThat(house.loader().loaded()).isEmpty();

    load();
    assertThat(latest()).isEqualTo(2);
    house.settle(Wishes.newest(1, 3, 2, 1));
    assertThat(latest()).isEqualTo(2);
    load();
    assertThat(latest()).isEqualTo(3);
    house.settle(Wishes.newest(1, 2, 1));
    assertThatThrownBy(() -> house.acquire(3)).hasMessageContaining("is not in the repository");
  }

  @Test
  void aFixedServer_refusesEachOrder() {
    house = new ManualLifecycle(ModelControl.NONE);
    house.settle(Wishes.newest(1, 1));

    assertThat(reasonOf(this::load)).isEqualTo(Reason.UNSUPPORTED_OPERATION);
    assertThat(reasonOf(this::unload)).isEqualTo(Reason.UNSUPPORTED_OPERATION);
    assertThat(reasonOf(this::reload)).isEqualTo(Reason.UNSUPPORTED_OPERATION);
    assertThat(reasonOf(() -> setLabel("stable", 1, ANY))).isEqualTo(Reason.UNSUPPORTED_OPERATION);
    assertThat(latest()).isEqualTo(1);
  }

  @Test
  void aReload_putsANewCopyInThePlaceOfTheOld_whichGoesWithItsLastCall() {
    house.settle(Wishes.newest(1, 1));
    house.events.clear();
    ServableHandle call = house.acquireLatest();

    reload();

    assertThat(house.events).containsExactly("1 READY");
    assertThat(copyThatAnswers()).isSameAs(house.loader().loaded().get(1));
    assertThat(house.loader().loaded()).extracting(FakeServable::closes).containsExactly(0, 0);
    call.close();
    house.settle();
    assertThat(house.loader().loaded()).extracting(FakeServable::closes).containsExactly(1, 0);
    assertThat(house.status(1).state()).isEqualTo(VersionState.READY);
  }

  @Test
  void aReloadThatFails_leavesTheOldCopyServing() {
    house.settle(Wishes.newest(1, 1));
    house
        .loader()
        .onLoad(
            1,
            id -> {
              throw ServingException.refusal(Reason.MODEL_LOAD_FAILED, "damaged");
            });

    assertThat(reasonOf(this::reload)).isEqualTo(Reason.MODEL_LOAD_FAILED);

    assertThat(copyThatAnswers()).isSameAs(house.loader().loaded().get(0));
    assertThat(house.status(1).state()).isEqualTo(VersionState.READY);
  }

  @Test
  void aVersionThatIsUnloadedWhileItsNewCopyLoads_isGone_withBothCopies() {
    house.settle(Wishes.newest(1, 1));
    CompletionStage<Outcome> reload =
        house.manager().admin().reload(order(ANY, Manner.WHEN_SETTLED));
    house.lifecycle.runAll();
    house.settle(Wishes.nothing());

    assertThat(reasonOf(() -> done(reload))).isEqualTo(Reason.VERSION_NOT_FOUND);
    assertThat(house.loader().loaded()).extracting(FakeServable::closes).containsExactly(1, 1);
    assertThat(house.manager().model(Wishes.MODEL)).isEmpty();
  }

  @Test
  void aStop_waitsForTheOldCopysLastCall() {
    house.settle(Wishes.newest(1, 1));
    ServableHandle call = house.acquireLatest();
    reload();
    house.manager().close();
    house.settle();
    assertThat(house.loader().loaded()).extracting(FakeServable::closes).containsExactly(0, 1);

    call.close();
    house.settle();
    assertThat(house.loader().loaded()).extracting(FakeServable::closes).containsExactly(1, 1);
  }

  @Test
  void aLabelOfTheRepository_movesWithItsVersion() {
    house.settle(Wishes.labelled(Wishes.newest(2, 1), Map.of("stable", 1L)));
    house.manager().accept(Wishes.labelled(Wishes.newest(2, 2, 1), Map.of("stable", 2L)));
    house.lifecycle.runAll();
    assertThat(labels()).containsOnly(Map.entry("stable", 1L));

    house.settle();

    assertThat(labels()).containsOnly(Map.entry("stable", 2L));
  }

  @Test
  void aLabelOfAnOperator_holdsUntilTheRepositorysLabelsChange() {
    house.settle(Wishes.labelled(Wishes.newest(2, 2, 1), Map.of("stable", 1L)));

    assertThat(setLabel("stable", 2, OptionalLong.of(1))).containsOnly(Map.entry("stable", 2L));
    house.settle(Wishes.labelled(Wishes.newest(2, 3, 2, 1), Map.of("stable", 1L)));
    assertThat(labels()).containsOnly(Map.entry("stable", 2L));

    house.settle(Wishes.labelled(Wishes.newest(2, 3, 2, 1), Map.of("stable", 2L, "canary", 3L)));
    assertThat(labels()).containsOnly(Map.entry("stable", 2L), Map.entry("canary", 3L));
    assertThat(setLabel("stable", 3, ANY)).containsEntry("stable", 3L);
  }

  @Test
  void aLabelThatIsNotWhereItsMoverThinks_isNotMoved() {
    house.settle(Wishes.newest(2, 2, 1));

    assertThat(setLabel("stable", 1, OptionalLong.of(0))).containsEntry("stable", 1L);
    assertThat(reasonOf(() -> setLabel("stable", 2, OptionalLong.of(2))))
        .isEqualTo(Reason.LABEL_MOVED);
    assertThat(reasonOf(() -> setLabel("stable", 2, OptionalLong.of(0))))
        .isEqualTo(Reason.LABEL_MOVED);
    assertThat(labels()).containsEntry("stable", 1L);
  }

  @Test
  void aLabel_isNotMovedToAVersionThatDoesNotServe() {
    house.settle(Wishes.newest(1, 2, 1));

    assertThat(reasonOf(() -> setLabel("stable", 1, ANY))).isEqualTo(Reason.VERSION_NOT_FOUND);
    assertThat(labels()).isEmpty();
  }
}
