package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What watchers hear; every thread is run by hand. */
final class ModelFeedTest {
  private final ManualLifecycle house = new ManualLifecycle();
  private final ModelFeed feed = house.manager().feed();

  /** Notes what it hears. */
  private static final class Notes implements ModelFeed.Watcher {
    final List<ModelChange> first = new ArrayList<>();
    final List<ModelChange> later = new ArrayList<>();

    @Override
    public void begins(List<ModelChange> changes) {
      first.addAll(changes);
    }

    @Override
    public void changed(ModelChange change) {
      later.add(change);
    }

    String lastToken() {
      List<ModelChange> heard = later.isEmpty() ? first : later;
      return heard.get(heard.size() - 1).token();
    }
  }

  private Notes watch(String token) {
    Notes notes = new Notes();
    feed.watch(token, notes);
    house.settle();
    return notes;
  }

  private static List<String> states(List<ModelChange> changes) {
    return changes.stream()
        .map(change -> change.version().map(v -> v.id() + " " + v.state()).orElse("no version"))
        .toList();
  }

  @Test
  void aWatch_beginsWithWhatThereIs_andGoesOnWithEachChange() {
    house.settle(Wishes.labelled(Wishes.newest(1, 1), Map.of("stable", 1L)));
    Notes notes = watch("");

    house.settle(Wishes.labelled(Wishes.newest(1, 2, 1), Map.of("stable", 1L)));

    assertThat(states(notes.first)).containsExactly("iris/1 READY", "no version");
    assertThat(notes.first.get(0).labels()).containsEntry("stable", 1L);
    assertThat(notes.first.get(1).model()).isEmpty();
    assertThat(states(notes.later))
        .containsExactly(
            "iris/2 NEW",
            "iris/2 LOADING",
            "iris/2 READY",
            "iris/1 DRAINING",
            "iris/1 UNLOADING",
            "iris/1 UNLOADED");
  }

  @Test
  void whoResumes_hearsWhatWasMissed_andNothingTwice() {
    Notes before = watch("");
    house.settle(Wishes.newest(1, 1));
    String token = before.later.get(1).token();
    house.settle(Wishes.newest(1, 2, 1));

    Notes resumed = watch(token);

    assertThat(resumed.first).isEqualTo(before.later.subList(2, before.later.size()));
    assertThat(watch(before.lastToken()).first).isEmpty();
  }

  @Test
  void aTokenOfAnotherServer_orOfNone_givesASnapshot() {
    house.settle(Wishes.newest(1, 1));

    for (String token :
        List.of("0123456789abcdef-1", "-", "x", "-1", watch("").lastToken() + "9")) {
      assertThat(states(watch(token).first)).containsExactly("iris/1 READY", "no version");
    }
  }

  @Test
  void aTokenThatIsTooOld_givesASnapshot() {
    Notes before = watch("");
    String token = before.lastToken();
    for (int i = 0; i < ModelFeed.HISTORY; i++) {
      house.settle(Wishes.labelled(Wishes.newest(1, 1), Map.of("stable", 1L, "l" + i, 1L)));
    }

    assertThat(before.later).hasSizeGreaterThan(ModelFeed.HISTORY);
    assertThat(states(watch(token).first)).containsExactly("iris/1 READY", "no version");
  }

  @Test
  void aLabelThatMoves_isAChangeOfItsOwn() {
    house.settle(Wishes.newest(1, 1));
    Notes notes = watch("");

    house.settle(Wishes.labelled(Wishes.newest(1, 1), Map.of("stable", 1L)));

    assertThat(notes.later).hasSize(1);
    assertThat(notes.later.get(0).version()).isEqualTo(Optional.empty());
    assertThat(notes.later.get(0).labels()).containsOnly(Map.entry("stable", 1L));
  }

  @Test
  void whoWatchesNoMore_hearsNothing() {
    Notes notes = watch("");
    feed.unwatch(notes);

    house.settle(Wishes.newest(1, 1));

    assertThat(notes.later).isEmpty();
  }
}
