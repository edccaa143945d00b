package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When the server as a whole may be sent calls. */
final class ModelManagerReadinessTest {
  private final ManualLifecycle house = new ManualLifecycle();
  private final ModelManager manager = house.manager();

  /** Hears of readiness alone, and whether the manager says the same meanwhile. */
  private final List<String> heard = new ArrayList<>();

  @BeforeEach
  void listen() {
    manager.addListener(
        new VersionListener() {
          @Override
          public void onVersionChanged(VersionStatus status) {}

          @Override
          public void onReadinessChanged(boolean ready) {
            heard.add(ready + " " + manager.isReady());
          }
        });
  }

  @Test
  void emptyRepository_isReadyWhenItWasRead() {
    house.settle();
    assertThat(manager.isReady()).isFalse();
    manager.firstScanDone();
    house.settle();
    assertThat(heard).containsExactly("true true");
  }

  @Test
  void loadedVersions_areNotEnoughBeforeTheFirstScan() {
    house.settle(Wishes.newest(1, 1));
    assertThat(manager.isReady()).isFalse();
  }

  @Test
  void wishesBeforeTheScansEnd_areWaitedFor() {
    manager.accept(Wishes.newest(1, 1));
    manager.firstScanDone();
    house.lifecycle.runAll();
    assertThat(manager.isReady()).isFalse();
    house.settle();
    assertThat(heard).containsExactly("true true");
    assertThat(house.events).endsWith("1 READY", "ready");
  }

  @Test
  void failedVersion_isWaitedForNoLonger() {
    house.loader().failLoad(1, "damaged");
    manager.accept(Wishes.newest(1, 1));
    manager.firstScanDone();
    house.settle();
    assertThat(house.events).endsWith("1 FAILED", "ready");
  }

  @Test
  void standInForAFailedVersion_isWaitedFor() {
    house.loader().failLoad(2, "damaged");
    manager.accept(Wishes.newest(1, 2, 1));
    manager.firstScanDone();
    house.settle();
    assertThat(house.events).endsWith("1 READY", "ready");
  }

  @Test
  void laterVersions_doNotChangeIt() {
    manager.firstScanDone();
    house.settle();
    manager.accept(Wishes.newest(1, 1));
    house.lifecycle.runAll();
    assertThat(manager.isReady()).isTrue();
    house.settle(Wishes.nothing());
    assertThat(heard).containsExactly("true true");
  }

  @Test
  void stop_endsItBeforeAnyVersionGoes() {
    manager.firstScanDone();
    house.settle(Wishes.newest(1, 1));
    house.events.clear();
    manager.close();
    house.settle();
    assertThat(house.events)
        .containsExactly("not ready", "1 DRAINING", "1 UNLOADING", "1 UNLOADED");
    assertThat(heard).containsExactly("true true", "false false");
  }

  @Test
  void scanThatEndsAfterTheStop_doesNotMakeItReady() {
    manager.close();
    manager.firstScanDone();
    house.settle();
    assertThat(heard).isEmpty();
  }
}
