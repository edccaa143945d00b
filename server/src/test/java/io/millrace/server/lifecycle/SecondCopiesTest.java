package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.server.config.DataSize;
import io.millrace.server.lifecycle.ModelAdmin.Manner;
import io.millrace.server.lifecycle.ModelAdmin.Order;
import io.millrace.server.lifecycle.ModelAdmin.Outcome;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reloads keep to the bounds that all loads have: one at a time here, of two minutes at most. */
final class SecondCopiesTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private final ManualLifecycle house =
      new ManualLifecycle(
          new LifecycleOptions(
              1, TIMEOUT, 2, Duration.ofSeconds(5), DataSize.ofMebibytes(1), Duration.ZERO));

  @BeforeEach
  void serveVersion1() {
    house.settle(Wishes.newest(1, 1));
  }

  /** Orders a reload; no loader thread has taken it up yet. */
  private CompletableFuture<Outcome> reload() {
    CompletableFuture<Outcome> reload =
        house
            .manager()
            .admin()
            .reload(new Order(Wishes.MODEL, OptionalLong.empty(), Manner.WHEN_SETTLED))
            .toCompletableFuture();
    house.lifecycle.runAll();
    return reload;
  }

  /** Lets a reload run into its timeout, and gives what is left of it. */
  private Runnable hang() {
    CompletableFuture<Outcome> reload = reload();
    Runnable load = house.loaders.takeNext();
    house.timer.pass(TIMEOUT);
    house.lifecycle.runAll();
    assertThat(reasonOf(reload)).isEqualTo(Reason.MODEL_LOAD_TIMEOUT);
    return load;
  }

  private static Reason reasonOf(CompletableFuture<Outcome> reload) {
    assertThat(reload).isDone();
    CompletionException end = catchThrowableOfType(CompletionException.class, reload::join);
    if (end.getCause() instanceof ServingException refusal) {
      return refusal.reason();
    }
    throw end;
  }

  private void assertAnswers(FakeServable copy) {
    try (ServableHandle handle = house.acquireLatest()) {
      assertThat(handle.servable()).isSameAs(copy);
    }
    assertThat(house.status(1).state()).isEqualTo(VersionState.READY);
  }

  private FakeServable copy(int number) {
    return house.loader().loaded().get(number);
  }

  @Test
  void whileAnotherModelLoads_aReloadWaitsForItsPlace() {
    VersionArtifact other =
        new VersionArtifact(
            new ModelVersionId("other", 1),
            ModelFormat.ONNX,
            Path.of("model.onnx"),
            ModelConfig.DERIVED,
            "a");
    house.manager().accept(new DesiredVersions("other", List.of(other), 1, List.of(), Map.of()));
    house.lifecycle.runAll();
    CompletableFuture<Outcome> reload = reload();
    Runnable before = house.loaders.takeNext();
    assertThat(house.loaders.runNext()).isFalse();

    before.run();
    house.settle();

    assertThat(reload).isCompleted();
    assertAnswers(copy(2));
  }

  @Test
  void aReloadThatHangs_isGivenUp_andTheOldCopyAnswers() {
    Runnable unused = hang();

    assertAnswers(copy(0));
    house.settle(Wishes.newest(1, 2, 1));
    assertThat(house.status(2).state()).isEqualTo(VersionState.READY);
  }

  @Test
  void whileItHangs_theSameFilesAreNotReloaded_butNewOnesAre() {
    Runnable unused = hang();

    assertThat(reasonOf(reload())).isEqualTo(Reason.MODEL_LOAD_TIMEOUT);
    house.settle();
    assertThat(house.loader().loaded()).hasSize(1);

    house.manager().accept(Wishes.written(1, "b"));
    house.settle();
    CompletableFuture<Outcome> reload = reload();
    house.settle();
    assertThat(reload).isCompleted();
    assertAnswers(copy(1));
  }

  @Test
  void whatComesTooLate_isClosedAndNeverAnswers_andTheNextReloadWorks() {
    Runnable load = hang();
    load.run();
    house.settle();
    assertThat(copy(1).closes()).isEqualTo(1);
    assertAnswers(copy(0));

    CompletableFuture<Outcome> reload = reload();
    house.settle();

    assertThat(reload).isCompleted();
    assertAnswers(copy(2));
    assertThat(copy(0).closes()).isEqualTo(1);
  }

  @Test
  void aStop_endsReloadsThatHaveNotBegun() {
    CompletableFuture<Outcome> reload = reload();
    house.manager().close();
    house.settle();

    assertThat(reasonOf(reload)).isEqualTo(Reason.SERVER_DRAINING);
    assertThat(house.loader().loaded()).extracting(FakeServable::closes).containsExactly(1);
  }
}
