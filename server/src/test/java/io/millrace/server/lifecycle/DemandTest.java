package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.AskedVersions;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What of an operator's words still holds after what came since. */
final class DemandTest {
  private static final Demand POLL = Demand.none(ModelControl.POLL);
  private static final Demand EXPLICIT = Demand.none(ModelControl.EXPLICIT);

  private static AskedVersions asked(Set<Long> loaded, Set<Long> held) {
    return new AskedVersions(loaded, held);
  }

  @Test
  void nobodyAskedAnything_leavesAllToThePolicy_orHoldsAllWhereOnlyOrdersCount() {
    assertThat(POLL.asked(Wishes.newest(1, 2, 1))).isEqualTo(AskedVersions.NOTHING);
    assertThat(EXPLICIT.asked(Wishes.newest(1, 2, 1))).isEqualTo(asked(Set.of(), Set.of(1L, 2L)));
  }

  @Test
  void anUnloadOfTheModel_holdsOverScansThatFindTheSame() {
    Demand unloaded = POLL.unloading(Wishes.newest(1, 2, 1)).seen(Wishes.newest(1, 2, 1));

    assertThat(unloaded.asked(Wishes.newest(1, 2, 1)).held()).containsExactlyInAnyOrder(1L, 2L);
  }

  @Test
  void aNewVersion_endsTheUnloadOfTheModel() {
    Demand unloaded = POLL.unloading(Wishes.newest(1, 2, 1));

    assertThat(unloaded.seen(Wishes.newest(1, 3, 2, 1)).asked(Wishes.newest(1, 3, 2, 1)))
        .isEqualTo(AskedVersions.NOTHING);
  }

  @Test
  void newBytes_endTheUnloadOfTheModel() {
    Demand unloaded = POLL.unloading(Wishes.written(1, "a"));

    assertThat(unloaded.seen(Wishes.written(1, "b")).asked(Wishes.written(1, "b")))
        .isEqualTo(AskedVersions.NOTHING);
  }

  @Test
  void aFolderThatWasGoneAndComesBack_isANewOne() {
    Demand unloaded = POLL.unloading(Wishes.newest(1, 2, 1)).seen(Wishes.newest(1, 2));

    assertThat(unloaded.seen(Wishes.newest(1, 2, 1)).asked(Wishes.newest(1, 2, 1)).held())
        .isEmpty();
  }

  @Test
  void anUnloadedVersion_takesNothingUp_untilSomethingArrives() {
    Demand unloaded = POLL.unloading(3, Wishes.newest(1, 3, 2, 1), Set.of(3L));

    assertThat(unloaded.asked(Wishes.newest(1, 3, 2, 1)).held())
        .containsExactlyInAnyOrder(1L, 2L, 3L);
    assertThat(
            unloaded.seen(Wishes.newest(1, 4, 3, 2, 1)).asked(Wishes.newest(1, 4, 3, 2, 1)).held())
        .as("an older version may step in for the new one, but not the one that was unloaded")
        .containsExactly(3L);
  }

  @Test
  void anUnloadedVersion_comesBackWithItsOwnNewBytes() {
    Demand unloaded = POLL.unloading(1, Wishes.written(1, "a"), Set.of(1L));

    assertThat(unloaded.seen(Wishes.written(1, "b")).asked(Wishes.written(1, "b")).held())
        .isEmpty();
  }

  @Test
  void aLoadByNumber_endsTheUnload_andHoldsUntilTheFolderGoes() {
    Demand loaded = POLL.unloading(Wishes.newest(1, 2, 1)).loading(1);

    assertThat(loaded.asked(Wishes.newest(1, 2, 1))).isEqualTo(asked(Set.of(1L), Set.of(2L)));
    assertThat(loaded.seen(Wishes.newest(1, 3, 2, 1)).asked(Wishes.newest(1, 3, 2, 1)))
        .isEqualTo(asked(Set.of(1L), Set.of()));
    assertThat(loaded.seen(Wishes.newest(1, 2)).asked(Wishes.newest(1, 2)).loaded()).isEmpty();
  }

  @Test
  void aLoadOfTheModel_givesItBackToThePolicy() {
    Demand loaded = POLL.unloading(Wishes.newest(1, 2, 1)).loading(Wishes.newest(1, 2, 1));

    assertThat(loaded.asked(Wishes.newest(1, 2, 1))).isEqualTo(AskedVersions.NOTHING);
  }

  @Test
  void onlyByOrders_whatArrivesAfterALoadOfTheModel_waitsForTheNext() {
    Demand loaded = EXPLICIT.loading(Wishes.newest(1, 2, 1)).seen(Wishes.newest(1, 3, 2, 1));

    assertThat(loaded.asked(Wishes.newest(1, 3, 2, 1))).isEqualTo(asked(Set.of(), Set.of(3L)));
  }

  @Test
  void onlyByOrders_aSpareVersion_isLoadedByNumberAlone() {
    var wish = Wishes.sparing(1, Wishes.newest(1, 2));

    assertThat(EXPLICIT.loading(wish).asked(wish)).isEqualTo(asked(Set.of(), Set.of(1L)));
    assertThat(EXPLICIT.loading(1).asked(wish)).isEqualTo(asked(Set.of(1L), Set.of(2L)));
  }

  @ParameterizedTest
  @EnumSource(names = {"POLL", "EXPLICIT"})
  void anUnloadAfterALoadByNumber_wins(ModelControl control) {
    Demand demand =
        Demand.none(control).loading(1).unloading(1, Wishes.newest(2, 2, 1), Set.of(1L, 2L));

    assertThat(demand.asked(Wishes.newest(2, 2, 1)).loaded()).isEmpty();
    assertThat(demand.asked(Wishes.newest(2, 2, 1)).held()).contains(1L);
  }
}
