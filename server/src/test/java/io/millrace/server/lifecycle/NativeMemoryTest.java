package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class NativeMemoryTest {
  /** The JDKs that we test with can do it on Linux; elsewhere there is nothing to give back to. */
  @Test
  void jdkOnLinux_hasAMeansToGiveMemoryBack() {
    boolean isLinux = System.getProperty("os.name").equals("Linux");
    assertThat(NativeMemory.giveBack()).isEqualTo(isLinux);
  }
}
