package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The states that a version went through, as its status tells them. */
final class VersionTimelineTest {
  private final ManualLifecycle house = new ManualLifecycle();

  @Test
  void timeline_holdsTheStatesOfBothLives() {
    house.settle(Wishes.newest(1, 1));
    house.settle(Wishes.newest(0, 1));
    house.settle(Wishes.newest(1, 1));
    assertThat(house.status(1).timeline())
        .extracting(VersionStatus.StateChange::state)
        .containsExactly(
            VersionState.NEW,
            VersionState.LOADING,
            VersionState.READY,
            VersionState.DRAINING,
            VersionState.UNLOADING,
            VersionState.UNLOADED,
            VersionState.NEW,
            VersionState.LOADING,
            VersionState.READY);
    assertThat(house.status(1).timeline())
        .extracting(VersionStatus.StateChange::at)
        .containsOnly(ManualLifecycle.NOW);
  }

  @Test
  void timeline_forgetsTheOldest() {
    house.loader().failLoad(1, "damaged");
    for (String fingerprint : List.of("a", "b", "c", "d", "e", "f", "g")) {
      house.settle(Wishes.written(1, fingerprint));
    }
    assertThat(house.status(1).timeline())
        .hasSize(VersionStatus.MAX_TIMELINE)
        .extracting(VersionStatus.StateChange::state)
        .startsWith(VersionState.FAILED, VersionState.NEW, VersionState.LOADING)
        .endsWith(VersionState.NEW, VersionState.LOADING, VersionState.FAILED);
  }
}
