package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Versions that fail, and those that serve instead; every thread is run by hand. */
final class FailedVersionsTest {
  private final ManualLifecycle house = new ManualLifecycle();

  @Test
  void newerVersionThatFails_leavesTheOldServing() {
    house.settle(Wishes.newest(1, 1));
    house.loader().failLoad(2, "damaged");
    house.settle(Wishes.newest(1, 2, 1));
    assertThat(house.acquireLatest().id().version()).isEqualTo(1);
    assertThat(house.status(2).state()).isEqualTo(VersionState.FAILED);
    assertThat(house.status(2).problem())
        .get()
        .extracting(Throwable::getMessage)
        .isEqualTo("damaged");
  }

  @Test
  void newestThatFailsAtStart_isReplacedByAnOlder() {
    house.loader().failLoad(3, "damaged");
    house.settle(Wishes.newest(1, 3, 2, 1));
    assertThat(house.acquireLatest().id().version()).isEqualTo(2);
    assertThat(house.loader().loaded()).hasSize(1);
  }

  @Test
  void failedVersion_isTriedAgainWhenItsFilesChange() {
    house.loader().failLoad(1, "damaged");
    house.settle(Wishes.written(1, "a"));
    house.loader().onLoad(1, FakeServable::plain);
    house.settle(Wishes.written(1, "a"));
    assertThat(house.status(1).state()).isEqualTo(VersionState.FAILED);
    house.settle(Wishes.written(1, "b"));
    assertThat(house.status(1).state()).isEqualTo(VersionState.READY);
    assertThat(house.status(1).problem()).isEmpty();
  }

  @Test
  void loaderThatThrowsAnError_failsTheVersionAlone() {
    house
        .loader()
        .onLoad(
            1,
            id -> {
              throw new StackOverflowError("deep");
            });
    house.settle(Wishes.newest(1, 1));
    ServingException problem = house.status(1).problem().orElseThrow();
    assertThat(problem.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED);
    assertThat(problem.getMessage()).doesNotContain("deep");
    assertThat(problem).hasCauseInstanceOf(StackOverflowError.class);
  }

  @Test
  void servableThatThrowsOnClose_isStillUnloaded() {
    house.settle(Wishes.newest(1, 1));
    house
        .loader()
        .newest()
        .onClose(
            () -> {
              throw new NoClassDefFoundError("gone");
            });
    house.settle(Wishes.nothing());
    assertThat(house.events).endsWith("1 UNLOADING", "1 UNLOADED");
    assertThat(house.manager().models()).isEmpty();
  }

  @Test
  void versionThatBreaksWhileItLoads_neverAnswersAndShowsAsFailed() {
    house.manager().accept(Wishes.newest(1, 1));
    house.lifecycle.runAll();
    house.settle(Wishes.onlyBroken(1, "x"));
    assertThat(house.events).doesNotContain("1 READY").endsWith("1 UNLOADED", "1 FAILED");
    assertThat(house.loader().newest().closes()).isEqualTo(1);
  }

  @Test
  void brokenVersion_showsAsFailed() {
    house.settle(Wishes.onlyBroken(4, "x"));
    assertThat(house.events).containsExactly("4 FAILED");
    assertThat(house.status(4).problem()).isPresent();
    house.settle(Wishes.nothing());
    assertThat(house.manager().model(Wishes.MODEL)).isEmpty();
  }

  @Test
  void failedVersionThatIsDeleted_isLogged() {
    Logger log = (Logger) LoggerFactory.getLogger(ModelManager.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    log.addAppender(lines);
    log.setLevel(Level.INFO);
    house.settle(Wishes.onlyBroken(4, "x"));
    house.settle(Wishes.nothing());
    log.setLevel(null);
    log.detachAppender(lines);
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly("iris/4 UNLOADED; it had failed");
  }
}
