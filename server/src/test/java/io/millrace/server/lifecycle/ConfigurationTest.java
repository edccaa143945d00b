package io.millrace.server.lifecycle;

import static io.millrace.server.lifecycle.ConfiguredHouse.ALL;
import static io.millrace.server.lifecycle.ConfiguredHouse.byPolicy;
import static io.millrace.server.lifecycle.ConfiguredHouse.exactly;
import static io.millrace.server.lifecycle.ConfiguredHouse.labelled;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.Reason;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What holds once a configuration is in force, and until when. */
final class ConfigurationTest {
  private ConfiguredHouse models = new ConfiguredHouse(ModelControl.POLL);

  private void twoModels() {
    models.arrive("iris", 3, 2, 1);
    models.arrive("wine", 9, 8);
  }

  @Test
  void aModelThatGoesBackToItsPolicy_servesOnlyWhatThatChooses() {
    twoModels();

    models.configure(exactly("iris", 1L));
    assertThat(models.serving("iris")).containsExactly(1L);
    models.configure(byPolicy("iris"));

    assertThat(models.serving("iris")).containsExactly(3L);
  }

  @Test
  void versionsThatAreNamed_holdAgainstWhatArrives() {
    twoModels();
    models.configure(exactly("iris", 2L), byPolicy("wine"));

    models.arrive("iris", 4, 3, 2, 1);

    assertThat(models.serving("iris")).containsExactly(2L);
  }

  @Test
  void aModelThatIsLeftOut_staysDownWhateverArrives() {
    twoModels();
    models.configure(byPolicy("iris"));
    assertThat(models.serving("wine")).isEmpty();

    models.arrive("wine", 10, 9, 8);

    assertThat(models.serving("wine")).isEmpty();
  }

  @Test
  void aModelThatArrivesLater_waitsForAConfigurationThatListsIt_orAnOrder() {
    twoModels();
    models.configure(byPolicy("iris"));
    models.arrive("tulip", 1);
    models.arrive("rose", 1);
    assertThat(models.serving("tulip")).isEmpty();

    models.load("rose", ALL);
    assertThat(models.serving("rose")).containsExactly(1L);
    models.configure(byPolicy("iris"), byPolicy("tulip"));

    assertThat(models.serving("tulip")).containsExactly(1L);
    assertThat(models.serving("rose")).isEmpty();
  }

  @Test
  void aModelThatIsLeftToItsPolicy_goesOnWithWhatArrives() {
    twoModels();
    models.configure(byPolicy("iris"));

    models.arrive("iris", 4, 3, 2, 1);

    assertThat(models.serving("iris")).containsExactly(4L);
  }

  @Test
  void onlyByOrders_whatArrivesWaitsForTheNextConfiguration() {
    models = new ConfiguredHouse(ModelControl.EXPLICIT);
    twoModels();
    models.configure(exactly("iris", 1L), byPolicy("wine"));
    assertThat(models.serving("iris")).containsExactly(1L);
    assertThat(models.serving("wine")).containsExactly(9L);

    models.arrive("wine", 10, 9, 8);
    assertThat(models.serving("wine")).containsExactly(9L);
    models.configure(byPolicy("iris"), byPolicy("wine"));

    assertThat(models.serving("iris")).containsExactly(3L);
    assertThat(models.serving("wine")).containsExactly(10L);
  }

  @Test
  void anOrderThatComesLater_wins() {
    twoModels();
    models.configure(exactly("iris", 2L));

    models.load("iris", OptionalLong.of(1));
    assertThat(models.serving("iris")).containsExactly(2L, 1L);
    models.unload("iris", OptionalLong.of(2));
    assertThat(models.serving("iris")).containsExactly(1L);
    models.unload("iris", ALL);
    assertThat(models.serving("iris")).isEmpty();
    models.arrive("iris", 4, 3, 2, 1);
    assertThat(models.serving("iris")).as("an arrival is no order").isEmpty();
    models.load("iris", ALL);
    assertThat(models.serving("iris")).as("a load gives it to its policy").containsExactly(4L);
    models.arrive("iris", 5, 4, 3, 2, 1);
    assertThat(models.serving("iris")).containsExactly(5L);
  }

  @Test
  void anOrderBefore_isOver() {
    twoModels();
    models.load("iris", OptionalLong.of(1));
    models.unload("iris", OptionalLong.of(3));
    models.unload("wine", ALL);

    models.configure(byPolicy("iris"), byPolicy("wine"));

    assertThat(models.serving("iris")).containsExactly(3L);
    assertThat(models.serving("wine")).containsExactly(9L);
  }

  @Test
  void aFolderThatComesBack_isServedAsConfigured() {
    twoModels();
    models.configure(exactly("iris", 2L));

    models.arrive("iris", 3, 1);
    assertThat(models.serving("iris")).isEmpty();
    models.arrive("iris", 3, 2, 1);
    assertThat(models.serving("iris")).containsExactly(2L);

    models.house.settle(DesiredVersions.none("iris"));
    models.arrive("iris", 3, 2, 1);
    assertThat(models.serving("iris")).containsExactly(2L);
  }

  @Test
  void aVersionThatServes_servesOnThoughItsFilesBreak() {
    models.house.settle(Wishes.newest(1, 3, 2));
    models.configure(exactly("iris", 3L, 2L));

    models.house.settle(
        new DesiredVersions(
            "iris", List.of(), 1, List.of(Wishes.broken(3, "x"), Wishes.broken(2, "x")), Map.of()));

    assertThat(models.serving("iris")).containsExactly(3L, 2L);
  }

  @Test
  void labels_areThoseOfTheNewestConfiguration_besideTheRepositorys() {
    models.house.settle(Wishes.labelled(Wishes.newest(2, 2, 1), Map.of("stable", 1L)));
    models.setLabel("iris", "old", 1);
    assertThat(models.labels("iris")).containsOnlyKeys("stable", "old");

    models.configure(labelled(exactly("iris", 1L), "canary", 1));
    assertThat(models.labels("iris"))
        .containsOnly(Map.entry("stable", 1L), Map.entry("canary", 1L));
    models.configure(labelled(byPolicy("iris"), "stable", 2));

    assertThat(models.labels("iris")).containsOnly(Map.entry("stable", 2L));
  }

  @Test
  void labelsThatAreMovedMeanwhile_stayOverThoseOfTheConfiguration_untilTheNext() {
    models.house.settle(Wishes.newest(2, 3, 2, 1));
    models.setLabel("iris", "old", 3);
    models.setLabel("iris", "kept", 3);

    CompletableFuture<Void> end = models.begin(labelled(exactly("iris", 3L, 1L), "stable", 1));
    models.setLabel("iris", "stable", 3);
    models.setLabel("iris", "kept", 3);
    models.house.settle();

    assertThat(end).isCompleted();
    assertThat(models.serving("iris")).containsExactly(3L, 1L);
    assertThat(models.labels("iris")).containsOnly(Map.entry("stable", 3L), Map.entry("kept", 3L));
    models.configure(labelled(exactly("iris", 3L, 1L), "stable", 1));
    assertThat(models.labels("iris")).containsOnly(Map.entry("stable", 1L));
  }

  @Test
  void noModel_isAConfigurationToo() {
    twoModels();

    models.configure();

    assertThat(models.serving("iris")).isEmpty();
    assertThat(models.serving("wine")).isEmpty();
  }

  @Test
  void beforeTheRepositoryIsRead_orWhereNothingChanges_itIsRefused() {
    ManualLifecycle starting = new ManualLifecycle();
    var early = starting.manager().admin().configure(new Configuration(Map.of()), () -> false);
    starting.settle();
    ConfiguredHouse fixed = new ConfiguredHouse(ModelControl.NONE);

    assertThat(ConfiguredHouse.refusal(early.toCompletableFuture()).reason())
        .isEqualTo(Reason.SERVER_STARTING);
    assertThat(fixed.refused().reason()).isEqualTo(Reason.UNSUPPORTED_OPERATION);
  }
}
