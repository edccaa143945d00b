package io.millrace.server.lifecycle;

import static io.millrace.server.lifecycle.Operator.ANY;
import static io.millrace.server.lifecycle.Operator.order;
import static io.millrace.server.lifecycle.Operator.reasonOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.lifecycle.ModelAdmin.Manner;
import io.millrace.server.lifecycle.ModelAdmin.Outcome;
import io.millrace.server.model.Reason;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Orders to load and unload; every thread is run by hand. */
final class ModelAdminTest {
  private final Operator operator = new Operator(ModelControl.POLL);
  private final ManualLifecycle house = operator.house;

  @Test
  void aLoadByNumber_servesBesideThePolicysVersion_untilItIsUnloaded() {
    house.settle(Wishes.newest(1, 3, 2, 1));

    operator.load(1);
    assertThat(operator.answering(1)).isEqualTo(1);
    assertThat(operator.latest()).isEqualTo(3);

    house.settle(Wishes.newest(1, 4, 3, 2, 1));
    assertThat(operator.answering(1)).isEqualTo(1);

    operator.unload(1);
    assertThat(house.status(1).state()).isEqualTo(VersionState.UNLOADED);
    assertThat(operator.latest()).isEqualTo(4);
  }

  @Test
  void aVersionThatThePolicyLeavesOut_isLoadedByNumber() {
    house.settle(Wishes.sparing(1, Wishes.newest(1, 2)));

    operator.load(1);

    assertThat(operator.answering(1)).isEqualTo(1);
    assertThat(operator.answering(2)).isEqualTo(2);
  }

  @Test
  void aLoadOfWhatServes_isDoneAtOnce_andLoadsNothing() {
    house.settle(Wishes.newest(1, 1));

    assertThat(operator.load().versions()).hasSize(1);
    operator.load(1);

    assertThat(house.loader().loaded()).hasSize(1);
  }

  @Test
  void anUnload_holdsOverScans_andALoadEndsIt() {
    house.settle(Wishes.newest(1, 2, 1));

    operator.unload();
    house.settle(Wishes.newest(1, 2, 1));
    assertThat(house.status(2).state()).isEqualTo(VersionState.UNLOADED);
    assertThatThrownBy(house::acquireLatest).hasMessageContaining("LoadModel or :load loads it");
    assertThatThrownBy(() -> house.acquire(2)).hasMessageContaining("LoadModel or :load loads it");

    operator.load();
    assertThat(operator.latest()).isEqualTo(2);
  }

  @Test
  void anUnloadOfTheNewest_bringsNoOlderOneUp() {
    house.settle(Wishes.newest(1, 2, 1));

    operator.unload(2);

    assertThat(house.loader().loaded()).hasSize(1);
    assertThatThrownBy(house::acquireLatest).hasMessageContaining("is served");
  }

  @Test
  void anUnloadOfAnother_doesNotHoldUpWhatWasAskedForWhileItWasGoing() {
    house.settle(Wishes.newest(1, 2, 1));
    operator.load(1);
    ServableHandle call = house.acquire(2);
    var unused = house.manager().admin().unload(order(OptionalLong.of(2), Manner.AT_ONCE));
    var unused2 = house.manager().admin().load(order(ANY, Manner.AT_ONCE));
    house.settle();
    assertThat(house.status(2).state()).isEqualTo(VersionState.DRAINING);

    var unused3 = house.manager().admin().unload(order(OptionalLong.of(1), Manner.AT_ONCE));
    house.settle();
    call.close();
    house.settle();

    assertThat(operator.answering(2)).isEqualTo(2);
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

    operator.unload();

    assertThat(house.events).doesNotContain("1 READY");
    assertThat(house.status(1).state()).isEqualTo(VersionState.UNLOADED);
  }

  @Test
  void aLoadThatFails_isAnErrorToWhoWaits_andIsTriedAgainByTheNextLoad() {
    house.loader().failLoad(1, "damaged");
    house.settle(Wishes.newest(1, 1));

    assertThat(reasonOf(() -> operator.load(1))).isEqualTo(Reason.MODEL_LOAD_FAILED);
    assertThat(reasonOf(operator::load)).isEqualTo(Reason.MODEL_LOAD_FAILED);

    house.loader().onLoad(1, FakeServable::plain);
    operator.load();
    assertThat(operator.latest()).isEqualTo(1);
  }

  @Test
  void anOrderAboutWhatIsNotThere_isNotFound() {
    assertThat(reasonOf(operator::load)).isEqualTo(Reason.SERVER_STARTING);
    house.manager().firstScanDone();
    assertThat(reasonOf(operator::unload)).isEqualTo(Reason.MODEL_NOT_FOUND);

    house.settle(Wishes.newest(1, 1));
    assertThat(reasonOf(() -> operator.load(7))).isEqualTo(Reason.VERSION_NOT_FOUND);
    assertThat(reasonOf(() -> operator.unload(7))).isEqualTo(Reason.VERSION_NOT_FOUND);
  }

  @Test
  void aDryRun_saysWhatWouldHappen_andChangesNothing() {
    house.settle(Wishes.newest(1, 2, 1));
    house.events.clear();

    assertThat(
            operator
                .done(house.manager().admin().load(order(OptionalLong.of(1), Manner.DRY_RUN)))
                .planned())
        .containsExactly("load iris/1");
    assertThat(operator.done(house.manager().admin().unload(order(ANY, Manner.DRY_RUN))).planned())
        .containsExactly("unload iris/2");
    assertThat(operator.done(house.manager().admin().reload(order(ANY, Manner.DRY_RUN))).planned())
        .containsExactly("reload iris/2");
    assertThat(operator.done(house.manager().admin().load(order(ANY, Manner.DRY_RUN))).planned())
        .isEmpty();
    house.settle(Wishes.newest(1, 2, 1));
    assertThat(house.events).isEmpty();
  }

  private CompletableFuture<Outcome> load(Manner manner) {
    return house.manager().admin().load(order(OptionalLong.of(1), manner)).toCompletableFuture();
  }

  @Test
  void whoDoesNotWait_isAnsweredBeforeTheLoadEnds() {
    house.settle(Wishes.newest(1, 2, 1));
    CompletableFuture<Outcome> atOnce = load(Manner.AT_ONCE);
    CompletableFuture<Outcome> settled = load(Manner.WHEN_SETTLED);
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
    CompletableFuture<Outcome> settled = load(Manner.WHEN_SETTLED);
    house.manager().admin().endWaits();
    house.lifecycle.runAll();

    assertThat(reasonOf(settled::join)).isEqualTo(Reason.SERVER_DRAINING);
  }
}
