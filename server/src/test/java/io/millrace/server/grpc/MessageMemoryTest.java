package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MessageMemoryTest {
  private static final int MIB = 1 << 20;

  private final MessageMemory memory = new MessageMemory(16 * MIB);

  @Test
  void whatACallTakes_isGivenBackWhenItsShareCloses() {
    MessageMemory.Share share = memory.open();
    share.grow(5);
    share.grow(6);
    assertThat(memory.used()).isEqualTo(11);

    share.resize(4);
    assertThat(memory.used()).isEqualTo(4);

    share.close();
    share.close();
    assertThat(memory.used()).isZero();
  }

  @Test
  void aMessageOfAStream_takesItsPartAlong() {
    MessageMemory.Share stream = memory.open();
    stream.grow(5);

    MessageMemory.Share message = stream.split();
    stream.grow(3);
    assertThat(memory.used()).isEqualTo(8);
    assertThat(message.bytes()).isEqualTo(5);

    message.resize(7);
    stream.close();
    assertThat(memory.used()).isEqualTo(7);
    message.close();
    assertThat(memory.used()).isZero();
  }

  @Test
  void aShareThatSomebodyKeeps_countsUntilItIsLetGo() {
    MessageMemory.Share share = memory.open();
    share.grow(5);
    share.keep();

    share.close();
    share.resize(9);
    assertThat(memory.used()).isEqualTo(9);
    Refusals.assertRefusedSaying(
        () -> share.resize(13 * MIB), Reason.MESSAGE_TOO_LARGE, String.valueOf(12 * MIB));

    share.letGo();
    assertThat(memory.used()).isZero();
    share.resize(5);
    assertThat(memory.used()).isZero();
  }

  @Test
  void aClosedShare_takesNothing() {
    MessageMemory.Share share = memory.open();
    share.close();

    share.grow(5);
    share.resize(9);

    assertThat(memory.used()).isZero();
  }

  @Test
  void aCallThatFindsTheMemoryTaken_isRefusedAndMayTryAgain() {
    memory.open().grow(8 * MIB);
    MessageMemory.Share second = memory.open();
    second.grow(2 * MIB);

    Refusals.assertRefusedSaying(() -> second.grow(3 * MIB), Reason.SERVER_OVERLOADED, "try again");

    assertThat(memory.used()).isEqualTo(10L * MIB);
    second.close();
    assertThat(memory.used()).isEqualTo(8L * MIB);
  }

  @Test
  void aCallThatNeverFits_isToldTheLimit() {
    Refusals.assertRefusedSaying(
        () -> memory.open().grow(13 * MIB), Reason.MESSAGE_TOO_LARGE, String.valueOf(12 * MIB));
  }

  @Test
  void smallCalls_haveAQuarterThatLargeOnesCannotTake() {
    memory.open().grow(12 * MIB);

    for (int i = 0; i < 4; i++) {
      memory.open().grow(MIB);
    }

    Refusals.assertRefusedSaying(
        () -> memory.open().grow(1), Reason.SERVER_OVERLOADED, "try again");
  }

  @Test
  void bytesThatArrive_countBeforeTheirMessageIsComplete() throws Exception {
    ServerStreamTracer tracer =
        MessageTracer.factory(
                memory,
                new StalledCalls(Duration.ofHours(1), Runnable::run),
                new MessageLimits(16 * MIB, Set.of("a/b")))
            .newServerStreamTracer("a/b", new Metadata());
    Context context = tracer.filterContext(Context.ROOT);
    List<ServingException> refusals = new ArrayList<>();
    context.run(() -> MessageTracer.onRefusal(refusals::add));

    tracer.inboundWireSize(12 * MIB);
    assertThat(memory.used()).isEqualTo(12L * MIB);
    assertThat(refusals).isEmpty();

    tracer.inboundWireSize(1);
    tracer.inboundWireSize(1);
    assertThat(refusals).singleElement().satisfies(MessageMemoryTest::isTooLarge);

    tracer.streamClosed(Status.CANCELLED);
    assertThat(memory.used()).isZero();
  }

  private static void isTooLarge(ServingException refusal) {
    assertThat(refusal.reason()).isEqualTo(Reason.MESSAGE_TOO_LARGE);
  }
}
