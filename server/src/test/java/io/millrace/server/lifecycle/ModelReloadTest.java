package io.millrace.server.lifecycle;

import static io.millrace.server.lifecycle.Operator.ANY;
import static io.millrace.server.lifecycle.Operator.order;
import static io.millrace.server.lifecycle.Operator.reasonOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.lifecycle.ModelAdmin.Manner;
import io.millrace.server.lifecycle.ModelAdmin.Outcome;
import io.millrace.server.model.Reason;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Orders to load anew what serves; every thread is run by hand. */
final class ModelReloadTest {
  private final Operator operator = new Operator(ModelControl.POLL);
  private final ManualLifecycle house = operator.house;

  @Test
  void aReload_putsANewCopyInThePlaceOfTheOld_whichGoesWithItsLastCall() {
    house.settle(Wishes.newest(1, 1));
    house.events.clear();
    ServableHandle call = house.acquireLatest();

    operator.reload();

    assertThat(house.events).containsExactly("1 READY");
    assertThat(operator.copyThatAnswers()).isSameAs(house.loader().loaded().get(1));
    assertThat(house.loader().loaded()).extracting(FakeServable::closes).containsExactly(0, 0);
    call.close();
    house.settle();
    assertThat(house.loader().loaded()).extracting(FakeServable::closes).containsExactly(1, 0);
    assertThat(house.status(1).state()).isEqualTo(VersionState.READY);
  }

  @Test
  void aReloadThatFails_leavesTheOldCopyServing() {
    house.settle(Wishes.newest(1, 1));
    house.loader().failLoad(1, "damaged");

    assertThat(reasonOf(operator::reload)).isEqualTo(Reason.MODEL_LOAD_FAILED);

    assertThat(operator.copyThatAnswers()).isSameAs(house.loader().loaded().get(0));
    assertThat(house.status(1).state()).isEqualTo(VersionState.READY);
  }

  @Test
  void aVersionThatIsUnloadedWhileItsNewCopyLoads_isGone_withBothCopies() {
    house.settle(Wishes.newest(1, 1));
    CompletionStage<Outcome> reload =
        house.manager().admin().reload(order(ANY, Manner.WHEN_SETTLED));
    house.lifecycle.runAll();
    house.settle(Wishes.nothing());

    assertThat(reasonOf(() -> operator.done(reload))).isEqualTo(Reason.VERSION_NOT_FOUND);
    assertThat(house.loader().loaded()).extracting(FakeServable::closes).containsExactly(1, 1);
    assertThat(house.manager().model(Wishes.MODEL)).isEmpty();
  }

  @Test
  void aStop_waitsForTheOldCopysLastCall() {
    house.settle(Wishes.newest(1, 1));
    ServableHandle call = house.acquireLatest();
    operator.reload();
    house.manager().close();
    house.settle();
    assertThat(house.loader().loaded()).extracting(FakeServable::closes).containsExactly(0, 1);

    call.close();
    house.settle();
    assertThat(house.loader().loaded()).extracting(FakeServable::closes).containsExactly(1, 1);
  }
}
