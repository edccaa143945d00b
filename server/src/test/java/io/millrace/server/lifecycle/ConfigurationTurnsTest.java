package io.millrace.server.lifecycle;

import static io.millrace.server.lifecycle.ConfiguredHouse.byPolicy;
import static io.millrace.server.lifecycle.ConfiguredHouse.exactly;
import static io.millrace.server.lifecycle.ConfiguredHouse.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which configuration is carried out when several come, and when their callers go. */
final class ConfigurationTurnsTest {
  private final ConfiguredHouse models = new ConfiguredHouse(ModelControl.POLL);
  private final AtomicBoolean isGone = new AtomicBoolean();

  @BeforeEach
  void twoModels() {
    models.arrive("iris", 3, 2, 1);
    models.arrive("wine", 9, 8);
  }

  @Test
  void twoAtATime_areCarriedOutOneAfterTheOther() {
    CompletableFuture<Void> first = models.begin(exactly("iris", 1L));
    CompletableFuture<Void> second = models.begin(exactly("wine", 8L));
    assertThat(models.house.manager().model("wine").orElseThrow().versions()).hasSize(1);
    models.house.settle();

    assertThat(first).isCompleted();
    assertThat(second).isCompleted();
    assertThat(models.serving("iris")).isEmpty();
    assertThat(models.serving("wine")).containsExactly(8L);
  }

  @Test
  void aThird_isRefused_untilTheFirstHasEnded() {
    CompletableFuture<Void> first = models.begin(exactly("iris", 1L));
    CompletableFuture<Void> second = models.begin(byPolicy("wine"));

    assertThat(refusal(models.begin(byPolicy("iris"))).reason())
        .isEqualTo(Reason.CONFIGURATION_WAITING);

    models.house.settle();
    assertThat(first).isCompleted();
    assertThat(second).isCompleted();
    models.configure(byPolicy("iris"));
    assertThat(models.serving("iris")).containsExactly(3L);
  }

  @Test
  void whoseCallerHasGone_doesNothingAtItsTurn() {
    CompletableFuture<Void> first = models.begin(exactly("iris", 1L), byPolicy("wine"));
    CompletableFuture<Void> second = models.begin(isGone::get, byPolicy("iris"));
    isGone.set(true);
    models.house.settle();

    assertThat(first).isCompleted();
    assertThat(refusal(second).reason()).isEqualTo(Reason.CALL_CANCELLED);
    assertThat(models.serving("iris")).containsExactly(1L);
    assertThat(models.serving("wine")).containsExactly(9L);
  }

  @Test
  void whoseCallerHasGone_keepsNoPlaceInTheQueue() {
    CompletableFuture<Void> first = models.begin(exactly("iris", 1L));
    CompletableFuture<Void> second = models.begin(isGone::get, exactly("iris", 2L));
    isGone.set(true);
    CompletableFuture<Void> third = models.begin(byPolicy("wine"));

    assertThat(refusal(second).reason()).isEqualTo(Reason.CALL_CANCELLED);
    models.house.settle();
    assertThat(first).isCompleted();
    assertThat(third).isCompleted();
    assertThat(models.serving("wine")).containsExactly(9L);
  }

  @Test
  void whoseCallerHasGone_isCarriedOutStill_ifNobodyElseWantsTheTurn() {
    CompletableFuture<Void> first = models.begin(isGone::get, exactly("iris", 1L));
    isGone.set(true);
    models.house.settle();

    assertThat(first).isCompleted();
    assertThat(models.serving("iris")).containsExactly(1L);
  }

  @Test
  void whoseCallerHasGone_givesWayToTheNext_andChangesNothing() {
    CompletableFuture<Void> first = models.begin(isGone::get, exactly("iris", 1L));
    isGone.set(true);
    CompletableFuture<Void> second = models.begin(exactly("iris", 2L), byPolicy("wine"));

    assertThat(refusal(first).reason()).isEqualTo(Reason.CALL_CANCELLED);
    models.house.settle();
    assertThat(second).isCompleted();
    assertThat(models.serving("iris")).containsExactly(2L);
    assertThat(models.serving("wine")).containsExactly(9L);
  }

  @Test
  void aVersionThatCannotGo_holdsUpTheOneThatWantsItBack_andNoLongerThanItsCallerWaits() {
    ServableHandle hung = models.house.acquire(3);
    models.configure(exactly("iris", 1L));
    CompletableFuture<Void> stuck = models.begin(isGone::get, exactly("iris", 3L));
    models.house.settle();
    assertThat(stuck).isNotDone();

    isGone.set(true);
    models.configure(exactly("iris", 2L));

    assertThat(refusal(stuck).reason()).isEqualTo(Reason.CALL_CANCELLED);
    assertThat(models.serving("iris")).containsExactly(2L);
    hung.close();
  }

  @Test
  void aStop_endsThoseWhoWait() {
    CompletableFuture<Void> first = models.begin(exactly("iris", 1L));
    CompletableFuture<Void> second = models.begin(byPolicy("wine"));
    models.house.manager().admin().endWaits();
    models.house.settle();

    assertThat(refusal(first).reason()).isEqualTo(Reason.SERVER_DRAINING);
    assertThat(refusal(second).reason()).isEqualTo(Reason.SERVER_DRAINING);
    assertThat(models.serving("iris")).containsExactly(3L);
    assertThat(models.serving("wine")).containsExactly(9L);
  }
}
