package io.millrace.server.canary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

final class ProcessMemoryTest {
  @Test
  void residentMemory_isReadInBytes() throws Exception {
    String status = "Name:\tjava\nVmPeak:\t 2048 kB\nVmRSS:\t     100 kB\nRssAnon:\t 60 kB\n";

    assertThat(ProcessMemory.residentBytes(status)).isEqualTo(102_400);
  }

  @Test
  void statusWithoutIt_isShown() {
    assertThatThrownBy(() -> ProcessMemory.residentBytes("Name:\tgone\n"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("gone");
  }

  @Test
  void thisProcess_holdsSome() throws Exception {
    assertThat(ProcessMemory.residentBytes(ProcessHandle.current().pid())).isPositive();
  }
}
