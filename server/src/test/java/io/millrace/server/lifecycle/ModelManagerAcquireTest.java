package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.TransitionOrder;
import io.millrace.server.model.VersionArtifact;
import io.millrace.server.model.VersionPolicy;
import io.millrace.server.model.VersionSelector;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Which version a caller gets, and what one is told who gets none. */
final class ModelManagerAcquireTest {
  private final ManualLifecycle house = new ManualLifecycle();
  private final ModelManager manager = house.manager();

  private static VersionSelector number(long version) {
    return new VersionSelector.ByNumber(version);
  }

  private static VersionSelector label(String label) {
    return new VersionSelector.ByLabel(label);
  }

  private ServingException refusal(VersionSelector selector) {
    return assertThrows(ServingException.class, () -> house.acquire(selector));
  }

  private void assertRefused(VersionSelector selector, Reason reason, String... parts) {
    ServingException refusal = refusal(selector);
    assertThat(refusal.reason()).isEqualTo(reason);
    assertThat(parts).allSatisfy(part -> assertThat(refusal.getMessage()).contains(part));
    assertThat(refusal.getStackTrace()).isEmpty();
  }

  private void scan() {
    manager.firstScanDone();
    house.settle();
  }

  @Test
  void latest_isTheHighestThatServes() {
    house.settle(Wishes.newest(3, 10, 9, 2));
    assertThat(house.acquireLatest().id().version()).isEqualTo(10);
    house.settle(Wishes.newest(1, 2));
    assertThat(house.acquireLatest().id().version()).isEqualTo(2);
  }

  @Test
  void numberAndLabel_nameOneVersion() {
    house.settle(Wishes.labelled(Wishes.newest(2, 2, 1), Map.of("stable", 1L, "canary", 2L)));
    assertThat(house.acquire(1).id().version()).isEqualTo(1);
    assertThat(house.acquire(label("stable")).id().version()).isEqualTo(1);
    assertThat(house.acquire(label("canary")).id().version()).isEqualTo(2);
  }

  @Test
  void unknownModel_mayYetComeBeforeTheFirstScan() {
    assertRefused(VersionSelector.LATEST, Reason.SERVER_STARTING, "'iris'");
    assertRefused(number(1), Reason.SERVER_STARTING);
  }

  @Test
  void unknownModel_isUnknownAfterTheFirstScan() {
    scan();
    assertRefused(VersionSelector.LATEST, Reason.MODEL_NOT_FOUND, "no model 'iris'");
  }

  @Test
  void impossibleName_isToldTheRule() {
    scan();
    ServingException refusal =
        assertThrows(ServingException.class, () -> manager.acquire("a\nb", VersionSelector.LATEST));
    assertThat(refusal.reason()).isEqualTo(Reason.MODEL_NOT_FOUND);
    assertThat(refusal.getMessage()).contains("1 to 128").doesNotContain("\n");
  }

  @Test
  void unknownVersion_isToldThoseThatServe() {
    house.settle(Wishes.newest(2, 3, 2));
    assertRefused(
        number(9),
        Reason.VERSION_NOT_FOUND,
        "version 9",
        "'iris' is not in the repository",
        "[2, 3]");
    assertRefused(number(-1), Reason.VERSION_NOT_FOUND, "version -1");
  }

  @Test
  void versionThatThePolicyExcludes_isToldFromOneThatIsNotThere() {
    VersionArtifact two = Wishes.newest(1, 2).candidates().get(0);
    house.settle(
        new DesiredVersions(
            "iris",
            List.of(two),
            1,
            List.of(),
            Map.of(),
            new VersionPolicy.Specific(new TreeSet<>(Set.of(2L))),
            Set.of(3L)));
    assertRefused(number(3), Reason.VERSION_NOT_FOUND, "(specific: [2]) does not choose it");
    assertRefused(number(9), Reason.VERSION_NOT_FOUND, "is not in the repository");
  }

  @Test
  void unknownLabel_isToldThoseThereAre() {
    house.settle(Wishes.labelled(Wishes.newest(1, 1), Map.of("stable", 1L, "canary", 1L)));
    assertRefused(label("best"), Reason.VERSION_NOT_FOUND, "'best'", "[canary, stable]");
  }

  @Test
  void labelOfAVersionThatIsNotServed_isNotFound() {
    house.settle(Wishes.labelled(Wishes.newest(1, 2, 1), Map.of("old", 1L)));
    assertRefused(
        label("old"),
        Reason.VERSION_NOT_FOUND,
        "'old'",
        "version 1",
        "in the repository, but",
        "latest: 1",
        "[2]");
  }

  @Test
  void loadingVersion_isToldToComeBack() {
    manager.accept(Wishes.labelled(Wishes.newest(1, 1), Map.of("stable", 1L)));
    house.lifecycle.runAll();
    assertRefused(VersionSelector.LATEST, Reason.MODEL_LOADING, "model 'iris'");
    assertRefused(number(1), Reason.MODEL_LOADING, "version 1");
    assertRefused(label("stable"), Reason.MODEL_LOADING, "'stable'");
    assertRefused(number(2), Reason.VERSION_NOT_FOUND);
  }

  @Test
  void failedVersion_isToldWhy() {
    house.loader().failLoad(1, "the file is damaged");
    house.settle(Wishes.labelled(Wishes.newest(1, 1), Map.of("stable", 1L)));
    assertRefused(VersionSelector.LATEST, Reason.MODEL_LOAD_FAILED, "the file is damaged");
    assertRefused(number(1), Reason.MODEL_LOAD_FAILED, "the file is damaged");
    assertRefused(label("stable"), Reason.MODEL_LOAD_FAILED, "the file is damaged");
  }

  @Test
  void severalFailedVersions_tellTheNewestsReason() {
    house.loader().failLoad(1, "the file is damaged");
    house.loader().failLoad(2, "an unknown operator");
    house.settle(Wishes.newest(1, 2, 1));
    assertRefused(VersionSelector.LATEST, Reason.MODEL_LOAD_FAILED, "an unknown operator");
  }

  @Test
  void failedVersionThatLoadsAgain_isToldToComeBack() {
    house.loader().failLoad(1, "the file is damaged");
    house.settle(Wishes.written(1, "a"));
    manager.accept(Wishes.written(1, "b"));
    house.lifecycle.runAll();
    assertRefused(VersionSelector.LATEST, Reason.MODEL_LOADING);
    assertRefused(number(1), Reason.MODEL_LOADING);
  }

  @Test
  void modelOfWhichNothingIsKept_servesNoVersion() {
    house.settle(Wishes.newest(1, 1));
    house.settle(Wishes.newest(0, 1));
    assertRefused(VersionSelector.LATEST, Reason.VERSION_NOT_FOUND, "no version of model 'iris'");
    assertRefused(number(1), Reason.VERSION_NOT_FOUND);
  }

  @Test
  void drainingVersion_takesNoNewCaller() {
    house.settle(Wishes.newest(1, 1));
    ServableHandle handle = house.acquireLatest();
    house.settle(Wishes.newest(0, 1));
    assertThat(house.status(1).state()).isEqualTo(VersionState.DRAINING);
    assertRefused(VersionSelector.LATEST, Reason.VERSION_NOT_FOUND);
    handle.close();
  }

  @Test
  void betweenTheOldAndTheNew_callersAreToldToComeBack() {
    house.settle(Wishes.newest(1, 1));
    ServableHandle handle = house.acquireLatest();
    house.settle(Wishes.newest(1, 2, 1).inOrder(TransitionOrder.RESOURCE_PRESERVING));
    assertThat(house.status(1).state()).isEqualTo(VersionState.DRAINING);
    assertRefused(VersionSelector.LATEST, Reason.MODEL_LOADING);
    assertRefused(number(2), Reason.MODEL_LOADING);
    assertRefused(number(1), Reason.VERSION_NOT_FOUND);
    handle.close();
    house.settle();
    assertThat(house.acquireLatest().id().version()).isEqualTo(2);
    assertThat(house.loader().loaded()).extracting(FakeServable::closes).containsExactly(1, 0);
  }

  @Test
  void anyone_isToldThatTheServerStops() {
    scan();
    house.settle(Wishes.newest(1, 1));
    manager.close();
    house.settle();
    assertRefused(VersionSelector.LATEST, Reason.SERVER_DRAINING);
    assertRefused(number(7), Reason.SERVER_DRAINING);
  }
}
