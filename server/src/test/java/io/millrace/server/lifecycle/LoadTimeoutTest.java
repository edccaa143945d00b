package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.DataSize;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Loads that take too long. One that hangs is a task of the loader threads that the test does not
 * run.
 */
final class LoadTimeoutTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  private static final Duration DELAY = Duration.ofSeconds(5);

  private final ManualLifecycle house =
      new ManualLifecycle(
          new LifecycleOptions(
              1, TIMEOUT, 2, DELAY, DataSize.ofMebibytes(1), Duration.ofSeconds(30)));
  private final List<Runnable> hanging = new ArrayList<>();

  private static DesiredVersions wish(String model) {
    VersionArtifact artifact =
        new VersionArtifact(
            new ModelVersionId(model, 1),
            ModelFormat.ONNX,
            Path.of("model.onnx"),
            ModelConfig.DERIVED,
            "a");
    return new DesiredVersions(model, List.of(artifact), 1, List.of(), Map.of());
  }

  private void pass(Duration time) {
    house.timer.pass(time);
    house.lifecycle.runAll();
  }

  /** Lets the newest load run into its timeout, and keeps its thread. */
  private void hang(DesiredVersions wish) {
    house.manager().accept(wish);
    house.lifecycle.runAll();
    hanging.add(house.loaders.takeNext());
    pass(TIMEOUT);
  }

  private ServingException problem(String model) {
    return house.manager().model(model).orElseThrow().versions().get(0).problem().orElseThrow();
  }

  private void end(Runnable hung) {
    hung.run();
    house.settle();
  }

  @Test
  void loadThatHangs_failsTheVersionAndTheOldServes() {
    house.settle(Wishes.newest(1, 1));
    hang(Wishes.newest(1, 2, 1));
    assertThat(house.status(2).state()).isEqualTo(VersionState.FAILED);
    assertThat(problem(Wishes.MODEL).reason()).isEqualTo(Reason.MODEL_LOAD_TIMEOUT);
    assertThat(problem(Wishes.MODEL)).hasMessageContainingAll("120 s", "--load-timeout");
    assertThat(house.acquireLatest().id().version()).isEqualTo(1);
  }

  @Test
  void loadThatEndsInTime_isNotGivenUp() {
    house.settle(Wishes.newest(1, 1));
    house.pass(TIMEOUT);
    assertThat(house.status(1).state()).isEqualTo(VersionState.READY);
  }

  @Test
  void loadThatEnded_isForgottenByTheTimer() {
    house.settle(Wishes.newest(1, 1));
    house.pass(UnloadQueue.PAUSE);
    assertThat(house.timer.pending()).isZero();
  }

  @Test
  void lateResult_isClosedAndNeverServed() {
    hang(Wishes.newest(1, 1));
    house.events.clear();
    end(hanging.get(0));
    assertThat(house.loader().newest().closes()).isEqualTo(1);
    assertThat(house.events).isEmpty();
    assertThat(house.status(1).state()).isEqualTo(VersionState.FAILED);
  }

  @Test
  void whileItHangs_itIsNotTriedAgain() {
    hang(Wishes.newest(1, 1));
    pass(Duration.ofHours(1));
    assertThat(house.loaders.runNext()).isFalse();
    assertThat(house.status(1).failures().nextAttempt()).isEmpty();
  }

  @Test
  void onceItHasEnded_itIsTriedAgain() {
    hang(Wishes.newest(1, 1));
    end(hanging.get(0));
    assertThat(house.status(1).failures().nextAttempt()).isPresent();
    assertThat(problem(Wishes.MODEL)).hasMessageContaining("attempt 1 of 3");
    house.pass(DELAY);
    assertThat(house.status(1).state()).isEqualTo(VersionState.READY);
  }

  @Test
  void placeOfALoadThatHangs_goesToAnother() {
    hang(wish("hung"));
    house.settle(Wishes.newest(1, 1));
    assertThat(house.status(1).state()).isEqualTo(VersionState.READY);
  }

  @Test
  void waitingLoad_beginsWhenTheOneBeforeIsGivenUp() {
    house.manager().accept(wish("hung"));
    house.manager().accept(Wishes.newest(1, 1));
    house.lifecycle.runAll();
    hanging.add(house.loaders.takeNext());
    assertThat(house.loaders.runNext()).isFalse();
    house.pass(TIMEOUT);
    assertThat(house.status(1).state()).isEqualTo(VersionState.READY);
  }

  @Test
  void tooManyThatHang_failTheRestAtOnce() {
    for (int i = 0; i <= LoadQueue.MAX_HANGING; i++) {
      hang(wish("hung" + i));
    }
    house.settle(Wishes.newest(1, 1));
    assertThat(problem(Wishes.MODEL).reason()).isEqualTo(Reason.MODEL_LOAD_TIMEOUT);
    assertThat(problem(Wishes.MODEL)).hasMessageContaining("5 other loads hang");
    assertThat(house.loaders.runNext()).isFalse();
  }

  @Test
  void oneOfTooManyThatEnds_makesRoom() {
    for (int i = 0; i <= LoadQueue.MAX_HANGING; i++) {
      hang(wish("hung" + i));
    }
    end(hanging.get(0));
    house.settle(Wishes.newest(1, 1));
    assertThat(house.status(1).state()).isEqualTo(VersionState.READY);
  }

  @Test
  void deletedWhileItHangs_isForgottenAndItsLateResultClosed() {
    hang(Wishes.newest(1, 1));
    house.manager().accept(Wishes.nothing());
    house.lifecycle.runAll();
    assertThat(house.manager().models()).isEmpty();
    end(hanging.get(0));
    assertThat(house.loader().newest().closes()).isEqualTo(1);
    assertThat(house.manager().models()).isEmpty();
  }

  @Test
  void newBytesWhileItHangs_loadBesideIt() {
    hang(Wishes.written(1, "a"));
    house.settle(Wishes.written(1, "b"));
    assertThat(house.status(1).state()).isEqualTo(VersionState.READY);
    end(hanging.get(0));
    assertThat(house.status(1).state()).isEqualTo(VersionState.READY);
    assertThat(house.loader().loaded()).extracting(FakeServable::closes).containsExactly(0, 1);
  }
}
