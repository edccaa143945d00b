package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionSelector;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How versions come and go; every thread is run by hand. */
final class ModelManagerTest {
  private final ManualLifecycle house = new ManualLifecycle();
  private final ModelManager manager = house.manager();

  /** Notes at each change whether the version could be called at that moment. */
  private List<String> callableAtEachChange() {
    List<String> callable = new ArrayList<>();
    manager.addListener(
        new VersionListener() {
          @Override
          public void onVersionChanged(VersionStatus status) {
            callable.add(status.state() + " " + canCall(status.id().version()));
          }

          @Override
          public void onReadinessChanged(boolean ready) {}
        });
    return callable;
  }

  private boolean canCall(long version) {
    try {
      house.acquire(version).close();
      return true;
    } catch (ServingException refused) {
      return false;
    }
  }

  @Test
  void firstVersion_isAnnouncedStateByState() {
    house.settle(Wishes.newest(1, 1));
    assertThat(house.events).containsExactly("1 NEW", "1 LOADING", "1 READY");
    assertThat(house.acquireLatest().id()).isEqualTo(Wishes.id(1));
  }

  @Test
  void newerVersion_servesBeforeTheOldGoes() {
    house.settle(Wishes.newest(1, 1));
    house.events.clear();
    house.settle(Wishes.newest(1, 2, 1));
    assertThat(house.events)
        .containsExactly(
            "2 NEW", "2 LOADING", "2 READY", "1 DRAINING", "1 UNLOADING", "1 UNLOADED");
    assertThat(house.loader().loaded()).extracting(FakeServable::closes).containsExactly(1, 0);
  }

  @Test
  void change_isPublishedBeforeItIsAnnounced() {
    List<String> callable = callableAtEachChange();
    house.settle(Wishes.newest(1, 1));
    house.settle(Wishes.nothing());
    assertThat(callable)
        .containsExactly(
            "NEW false",
            "LOADING false",
            "READY true",
            "DRAINING false",
            "UNLOADING false",
            "UNLOADED false");
  }

  @Test
  void newestWish_isTheOnlyOneOfSeveralThatCounts() {
    manager.accept(Wishes.newest(1, 1));
    manager.accept(Wishes.nothing());
    manager.accept(Wishes.newest(1, 2));
    house.settle();
    assertThat(house.events).containsExactly("2 NEW", "2 LOADING", "2 READY");
  }

  @Test
  void versionDeletedWhileItLoads_neverAnswers() {
    List<String> callable = callableAtEachChange();
    manager.accept(Wishes.newest(1, 1));
    house.lifecycle.runAll();
    manager.accept(Wishes.nothing());
    house.settle();
    assertThat(callable).isNotEmpty().noneMatch(change -> change.endsWith("true"));
    assertThat(house.events).doesNotContain("1 READY").endsWith("1 UNLOADING", "1 UNLOADED");
    assertThat(house.loader().newest().closes()).isEqualTo(1);
    assertThat(manager.models()).isEmpty();
  }

  @Test
  void openHandle_delaysTheClose() {
    house.settle(Wishes.newest(1, 1));
    ServableHandle handle = house.acquireLatest();
    house.settle(Wishes.newest(1, 2, 1));
    assertThat(house.status(1).state()).isEqualTo(VersionState.DRAINING);
    assertThat(handle.id().version()).isEqualTo(1);
    assertThat(handle.servable().signature().inputs()).isEmpty();
    handle.close();
    house.settle();
    assertThat(house.status(1).state()).isEqualTo(VersionState.UNLOADED);
    assertThat(house.loader().loaded().get(0).closes()).isEqualTo(1);
  }

  @Test
  void secondCloseOfAHandle_doesNotCount() {
    house.settle(Wishes.newest(1, 1));
    ServableHandle first = house.acquireLatest();
    ServableHandle second = house.acquireLatest();
    house.settle(Wishes.nothing());
    first.close();
    first.close();
    house.settle();
    assertThat(house.loader().newest().closes()).isZero();
    second.close();
    house.settle();
    assertThat(house.loader().newest().closes()).isEqualTo(1);
  }

  @Test
  void versionWishedBackWhileItDrains_loadsAnewWhenItIsDown() {
    house.settle(Wishes.newest(1, 1));
    ServableHandle handle = house.acquireLatest();
    house.settle(Wishes.nothing());
    house.settle(Wishes.newest(1, 1));
    assertThat(house.status(1).state()).isEqualTo(VersionState.DRAINING);
    handle.close();
    house.settle();
    assertThat(house.status(1).state()).isEqualTo(VersionState.READY);
    assertThat(house.loader().loaded()).extracting(FakeServable::closes).containsExactly(1, 0);
  }

  @Test
  void labelsAlone_moveNoVersion() {
    DesiredVersions wish = Wishes.newest(2, 2, 1);
    house.settle(wish);
    house.events.clear();
    house.settle(Wishes.labelled(wish, Map.of("stable", 1L)));
    assertThat(house.events).isEmpty();
    assertThat(house.acquire(new VersionSelector.ByLabel("stable")).id().version()).isEqualTo(1);
    house.settle(wish);
    assertThrows(
        ServingException.class, () -> house.acquire(new VersionSelector.ByLabel("stable")));
  }

  @Test
  void statuses_areByNameAndNewestFirst() {
    manager.accept(Wishes.newest(3, 2, 10, 1));
    manager.accept(DesiredVersions.none("zinc"));
    house.settle();
    assertThat(manager.models()).extracting(ModelStatus::model).containsExactly(Wishes.MODEL);
    assertThat(manager.models().get(0).versions())
        .extracting(version -> version.id().version())
        .containsExactly(10L, 2L, 1L);
  }
}
