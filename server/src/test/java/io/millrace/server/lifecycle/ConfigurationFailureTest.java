package io.millrace.server.lifecycle;

import static io.millrace.server.lifecycle.ConfiguredHouse.ALL;
import static io.millrace.server.lifecycle.ConfiguredHouse.byPolicy;
import static io.millrace.server.lifecycle.ConfiguredHouse.exactly;
import static io.millrace.server.lifecycle.ConfiguredHouse.labelled;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.TransitionOrder;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A configuration that cannot be carried out changes nothing, and one that can takes away last. */
final class ConfigurationFailureTest {
  private ConfiguredHouse models = new ConfiguredHouse(ModelControl.POLL);

  private void twoModels() {
    models.arrive("iris", 3, 2, 1);
    models.arrive("wine", 9, 8);
    models.house.events.clear();
  }

  @Test
  void untilAllServes_nothingGoes() {
    twoModels();

    CompletableFuture<Void> end = models.begin(exactly("iris", 1L));
    assertThat(models.serving("iris")).containsExactly(3L);
    assertThat(models.serving("wine")).containsExactly(9L);
    models.house.settle();

    assertThat(end).isCompleted();
    assertThat(models.house.events)
        .filteredOn(event -> event.endsWith("READY") || event.endsWith("DRAINING"))
        .startsWith("1 READY")
        .containsExactlyInAnyOrder("1 READY", "3 DRAINING", "9 DRAINING");
  }

  @Test
  void aVersionThatDoesNotLoad_isTheAnswer_andWhatServedBeforeServesOn() {
    twoModels();
    models.breakLoadsOf(8);

    ServingException refusal =
        models.refused(labelled(exactly("iris", 1L), "stable", 1), exactly("wine", 8L));

    assertThat(refusal.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED);
    assertThat(refusal).hasMessageContaining("damaged").hasMessageContaining("wine/8");
    assertThat(refusal.subject()).containsEntry("model", "wine").containsEntry("version", "8");
    assertThat(models.serving("iris")).containsExactly(3L);
    assertThat(models.serving("wine")).containsExactly(9L);
    assertThat(models.labels("iris")).isEmpty();
    assertThat(models.house.events).doesNotContain("3 DRAINING", "9 DRAINING");
    models.arrive("iris", 4, 3, 2, 1);
    assertThat(models.serving("iris")).as("the policy goes on").containsExactly(4L);
  }

  @Test
  void aVersionThatWouldHaveBeenReplaced_servesOnWhereAnotherModelDoesNotLoad() {
    models = new ConfiguredHouse(ModelControl.EXPLICIT);
    models.arrive("iris", 1);
    models.arrive("wine", 8);
    models.load("iris", ALL);
    models.arrive("iris", 2, 1);
    models.breakLoadsOf(8);
    models.house.events.clear();

    ServingException refusal = models.refused(byPolicy("iris"), byPolicy("wine"));

    assertThat(refusal.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED);
    assertThat(models.serving("iris")).containsExactly(1L);
    assertThat(models.house.events).contains("2 READY").doesNotContain("1 DRAINING");
  }

  @Test
  void anOlderVersionThatStepsIn_isEnoughForAModelByItsPolicy() {
    twoModels();
    models.configure(exactly("iris", 1L));
    models.breakLoadsOf(3);

    models.configure(byPolicy("iris"));

    assertThat(models.serving("iris")).containsExactly(2L);
  }

  @Test
  void aModelOfWhichNothingCanServe_isTheAnswer() {
    twoModels();
    models.breakLoadsOf(7);
    models.arrive("rose", 7);

    assertThat(models.refused(byPolicy("rose")).reason()).isEqualTo(Reason.MODEL_LOAD_FAILED);
    assertThat(models.refused(byPolicy("iris"), byPolicy("tulip")).reason())
        .isEqualTo(Reason.MODEL_NOT_FOUND);
    assertThat(models.refused(exactly("iris", 7L)).reason()).isEqualTo(Reason.VERSION_NOT_FOUND);
    assertThat(models.serving("iris")).containsExactly(3L);
    assertThat(models.serving("wine")).containsExactly(9L);
  }

  @Test
  void aPolicyThatLeavesOutAllThatIsThere_isTheAnswer() {
    models.house.settle(Wishes.sparing(1, Wishes.newest(1)));

    ServingException refusal = models.refused(byPolicy("iris"));

    assertThat(refusal.reason()).isEqualTo(Reason.VERSION_NOT_FOUND);
    assertThat(refusal).hasMessageContaining("version_policy");
    models.configure(exactly("iris", 1L));
    assertThat(models.serving("iris")).containsExactly(1L);
  }

  @Test
  void aLabelOnAVersionThatWouldGo_isTheAnswer_andTheVersionServesOn() {
    twoModels();
    models.configure(exactly("iris", 1L));

    ServingException refusal = models.refused(labelled(byPolicy("iris"), "stable", 1));

    assertThat(refusal.reason()).isEqualTo(Reason.VERSION_NOT_FOUND);
    assertThat(refusal)
        .hasMessageContaining("'stable' points at version 1")
        .hasMessageEndingWith("[3]");
    assertThat(models.serving("iris")).containsExactly(1L);
  }

  @Test
  void aVersionThatIsDeletedMeanwhile_isTheAnswer() {
    twoModels();

    CompletableFuture<Void> end = models.begin(exactly("iris", 1L));
    models.arrive("iris", 3, 2);

    assertThat(ConfiguredHouse.refusal(end).reason()).isEqualTo(Reason.VERSION_NOT_FOUND);
    assertThat(models.serving("iris")).containsExactly(3L);
    assertThat(models.serving("wine")).containsExactly(9L);
  }

  @Test
  void anOrderThatComesMeanwhile_holdsWhereItFails() {
    twoModels();
    models.breakLoadsOf(1);

    CompletableFuture<Void> end = models.begin(exactly("iris", 1L));
    models.unload("wine", ALL);

    assertThat(ConfiguredHouse.refusal(end).reason()).isEqualTo(Reason.MODEL_LOAD_FAILED);
    assertThat(models.serving("wine")).isEmpty();
    assertThat(models.serving("iris")).containsExactly(3L);
  }

  @Test
  void anOrderThatComesMeanwhile_holdsWhereItSucceeds() {
    twoModels();

    CompletableFuture<Void> end = models.begin(exactly("iris", 1L));
    models.load("wine", OptionalLong.of(8));

    assertThat(end).isCompleted();
    assertThat(models.serving("wine")).containsExactly(8L);
    assertThat(models.serving("iris")).containsExactly(1L);
  }

  @Test
  void aLabelThatIsMovedMeanwhileToAVersionThatWouldGo_isTheAnswer_andHolds() {
    twoModels();

    CompletableFuture<Void> end = models.begin(labelled(exactly("iris", 1L), "stable", 1));
    models.setLabel("iris", "stable", 3);
    models.setLabel("wine", "best", 9);
    models.house.settle();

    ServingException refusal = ConfiguredHouse.refusal(end);
    assertThat(refusal.reason()).isEqualTo(Reason.VERSION_NOT_FOUND);
    assertThat(refusal).hasMessageMatching(".*'(stable|best)' of model .* nothing was changed.*");
    assertThat(models.serving("iris")).containsExactly(3L);
    assertThat(models.serving("wine")).containsExactly(9L);
    assertThat(models.labels("iris")).containsOnly(Map.entry("stable", 3L));
    assertThat(models.labels("wine")).containsOnly(Map.entry("best", 9L));
    models.configure(labelled(exactly("iris", 1L), "stable", 1));
    assertThat(models.labels("iris")).as("sent again").containsOnly(Map.entry("stable", 1L));
  }

  @Test
  void aListedModelThatIsUnloadedMeanwhile_isTheAnswer_andNotItsPolicy() {
    twoModels();

    CompletableFuture<Void> end = models.begin(byPolicy("iris"), exactly("wine", 8L));
    models.unload("iris", ALL);

    ServingException refusal = ConfiguredHouse.refusal(end);
    assertThat(refusal.reason()).isEqualTo(Reason.VERSION_NOT_FOUND);
    assertThat(refusal)
        .hasMessageContaining("(latest: 1) of model 'iris'")
        .hasMessageContaining("unloaded while the configuration was carried out");
    assertThat(models.serving("iris")).isEmpty();
    assertThat(models.serving("wine")).containsExactly(9L);
  }

  @Test
  void whatMustGoBeforeTheNextLoads_comesBackIfItFails() {
    models.house.settle(Wishes.newest(1, 3, 2, 1).inOrder(TransitionOrder.RESOURCE_PRESERVING));
    models.breakLoadsOf(1);
    models.house.events.clear();

    ServingException refusal = models.refused(exactly("iris", 1L));

    assertThat(refusal.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED);
    assertThat(models.serving("iris")).containsExactly(3L);
    assertThat(models.house.events).containsSubsequence("3 UNLOADED", "1 FAILED", "3 READY");
  }
}
