package io.millrace.server.lifecycle;

import static io.millrace.server.lifecycle.Operator.ANY;
import static io.millrace.server.lifecycle.Operator.reasonOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.millrace.server.model.Reason;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What orders mean where the repository does not decide; every thread is run by hand. */
final class ModelControlTest {
  @Test
  void onlyByOrders_nothingIsLoadedThatNobodyAskedFor() {
    Operator operator = new Operator(ModelControl.EXPLICIT);
    ManualLifecycle house = operator.house;
    house.settle(Wishes.newest(1, 2, 1));
    assertThat(house.loader().loaded()).isEmpty();

    operator.load();
    assertThat(operator.latest()).isEqualTo(2);
    house.settle(Wishes.newest(1, 3, 2, 1));
    assertThat(operator.latest()).isEqualTo(2);
    operator.load();
    assertThat(operator.latest()).isEqualTo(3);
    house.settle(Wishes.newest(1, 2, 1));
    assertThatThrownBy(() -> house.acquire(3)).hasMessageContaining("is not in the repository");
  }

  @Test
  void whatNobodyAskedFor_isIdle_andWhatThePolicyLeavesOutIsToo() {
    ManualLifecycle explicit = new Operator(ModelControl.EXPLICIT).house;
    explicit.settle(Wishes.newest(1, 2, 1));
    assertThat(idle(explicit))
        .containsExactly(
            entry(1L, "not loaded; an order to load it brings it up"),
            entry(2L, "not loaded; an order to load it brings it up"));

    ManualLifecycle poll = new Operator(ModelControl.POLL).house;
    poll.settle(Wishes.newest(1, 2, 1));
    assertThat(idle(poll))
        .containsExactly(entry(1L, "not loaded; version_policy (latest: 1) does not choose it"));
    poll.settle(Wishes.newest(2, 2, 1));
    assertThat(idle(poll)).isEmpty();
  }

  private static Map<Long, String> idle(ManualLifecycle house) {
    return house.manager().model(Wishes.MODEL).orElseThrow().idle();
  }

  @Test
  void aFixedServer_refusesEachOrder() {
    Operator operator = new Operator(ModelControl.NONE);
    ManualLifecycle house = operator.house;
    house.settle(Wishes.newest(1, 1));

    assertThat(reasonOf(operator::load)).isEqualTo(Reason.UNSUPPORTED_OPERATION);
    assertThat(reasonOf(operator::unload)).isEqualTo(Reason.UNSUPPORTED_OPERATION);
    assertThat(reasonOf(operator::reload)).isEqualTo(Reason.UNSUPPORTED_OPERATION);
    assertThat(reasonOf(() -> operator.setLabel("stable", 1, ANY)))
        .isEqualTo(Reason.UNSUPPORTED_OPERATION);
    assertThat(operator.latest()).isEqualTo(1);
  }
}
