package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.ModelConfig;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class CountedServableTest {
  private final AtomicInteger unused = new AtomicInteger();
  private final CountedServable counted =
      new CountedServable(
          Wishes.id(1),
          FakeServable.plain(Wishes.id(1)),
          ModelConfig.DERIVED,
          unused::incrementAndGet);

  @Test
  void lastRelease_runsTheActionOnce() {
    assertThat(counted.tryRetain()).isTrue();
    counted.release();
    assertThat(unused).hasValue(0);
    counted.release();
    assertThat(unused).hasValue(1);
  }

  @Test
  void unusedServable_neverComesBackToLife() {
    counted.release();
    assertThat(counted.tryRetain()).isFalse();
    assertThat(counted.tryRetain()).isFalse();
    assertThat(unused).hasValue(1);
  }

  @Test
  void handle_knowsItsVersionEvenAfterItsClose() {
    ServableHandle handle = new ServableHandle(counted);
    handle.close();
    assertThat(handle.id()).isEqualTo(Wishes.id(1));
    assertThat(unused).hasValue(1);
  }
}
