package io.millrace.server.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class DecodeMemoryTest {
  private final DecodeMemory memory = new DecodeMemory(100 << 10);

  @Test
  void whoFindsTooLittle_waitsUntilItIsOver() {
    AtomicInteger looks = new AtomicInteger();
    ServingException over = ServingException.refusal(Reason.DEADLINE_IN_QUEUE, "over");

    assertThatThrownBy(
            () ->
                memory.use(
                    60 << 10,
                    () -> {},
                    () ->
                        memory.use(
                            60 << 10,
                            () -> {
                              if (looks.incrementAndGet() == 3) {
                                throw over;
                              }
                            },
                            () -> "never")))
        .isSameAs(over);
    assertThat(looks).hasValue(3);
  }

  @Test
  void whatWasTaken_comesBackAlsoFromWorkThatFails() {
    IllegalStateException failure = new IllegalStateException();
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(
              () ->
                  memory.use(
                      60 << 10,
                      () -> {},
                      () -> {
                        throw failure;
                      }))
          .isSameAs(failure);
    }
    assertThat(memory.use(90 << 10, () -> {}, () -> "done")).isEqualTo("done");
  }
}
