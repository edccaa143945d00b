package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Context;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class CallersTurnTest {
  private static final int MIB = 1 << 20;

  /** So many bytes make memory scarce, and are given ten seconds more. */
  private static final int MUCH = 10 * MIB;

  private final MessageMemory memory = new MessageMemory(16 * MIB);
  private final StalledCalls calls = new StalledCalls(Duration.ofSeconds(30), Runnable::run);
  private final MessageMemory.Share share = memory.open();
  private final CallersTurn turn = new CallersTurn(calls, share);
  private final Context context = turn.within(Context.ROOT);
  private final List<Throwable> failed = new ArrayList<>();
  private final List<ServingException> givenUp = new ArrayList<>();

  CallersTurnTest() {
    turn.isOf(
        new CallersTurn.Stalling() {
          @Override
          public void fail(Throwable why) {
            failed.add(why);
          }

          @Override
          public void givenUp(ServingException why) {
            givenUp.add(why);
          }
        });
  }

  private void lookAfter(int seconds) {
    calls.look(System.nanoTime() + Duration.ofSeconds(seconds).toNanos());
  }

  private void takeMuch() {
    share.grow(MUCH);
    turn.requestTakesMemory();
  }

  @Test
  void aRequestThatDoesNotComeInTime_isRefused() {
    turn.requestComes();
    takeMuch();

    lookAfter(39);
    assertThat(failed).isEmpty();

    lookAfter(41);
    assertThat(failed).singleElement().isInstanceOf(ServingException.class);
    ServingException why = (ServingException) failed.get(0);
    assertThat(why.reason()).isEqualTo(Reason.SERVER_OVERLOADED);
    assertThat(why)
        .hasMessageContaining("its request did not come within 40 s")
        .hasMessageContaining(MUCH + " bytes");
    assertThat(givenUp).isEmpty();
    assertThat(context.isCancelled()).isFalse();
  }

  @Test
  void anAnswerThatIsNotReadInTime_isGivenUpAsGrpcDoesItAtADeadline() {
    takeMuch();
    turn.requestIsWhole();
    turn.answerLeaves(share.bytes());

    lookAfter(39);
    assertThat(context.isCancelled()).isFalse();

    lookAfter(41);
    assertThat(givenUp)
        .singleElement()
        .satisfies(why -> assertThat(why).hasMessageContaining("its answer was not read within"));
    assertThat(context.cancellationCause()).isInstanceOf(TimeoutException.class);
    assertThat(failed).isEmpty();
  }

  @Test
  void aCallThatWaitsForTheServer_hasAllTheTimeThatTheServerTakes() {
    turn.requestComes();
    takeMuch();
    turn.requestIsWhole();

    lookAfter(100_000);

    assertThat(failed).isEmpty();
    assertThat(givenUp).isEmpty();
  }

  @Test
  void aStreamWhoseAnswersLeave_mayGoOnForEver() {
    takeMuch();
    turn.answerLeaves(MUCH);
    turn.answerHasLeft();
    lookAfter(100_000);
    assertThat(givenUp).isEmpty();

    turn.answerLeaves(5);
    turn.answerLeaves(MUCH);
    lookAfter(31);
    assertThat(givenUp).as("counted from the first").hasSize(1);
  }

  @Test
  void aCallThatTakesNothing_isNeverGivenUp() {
    turn.requestComes();
    turn.requestTakesMemory();

    lookAfter(100_000);

    assertThat(failed).isEmpty();
  }

  @Test
  void aCallThatTookItsMemoryWhileThereWasPlenty_isLeftAlone() {
    turn.requestComes();
    share.grow(4 * MIB);
    turn.requestTakesMemory();

    lookAfter(100_000);

    assertThat(failed).isEmpty();
  }

  @Test
  void aCallThatHasEnded_isForgottenAlsoIfItsAnswerComesLater() {
    turn.requestComes();
    takeMuch();
    turn.end();
    turn.answerLeaves(MUCH);

    lookAfter(100_000);

    assertThat(failed).isEmpty();
    assertThat(givenUp).isEmpty();
  }

  @Test
  void memoryOfWhichMoreThanHalfIsInUse_saysSoToWhoeverTakesMore() {
    AtomicInteger told = new AtomicInteger();
    MessageMemory watched = new MessageMemory(16 * MIB, told::incrementAndGet);

    watched.open().grow(8 * MIB);
    assertThat(told).hasValue(0);

    watched.open().grow(1);
    assertThat(told).hasValue(1);
  }
}
