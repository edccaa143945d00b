package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CacheDirectoryTest {
  @Test
  void theVariable_isHonoured() {
    assertThat(CacheDirectory.standard(Map.of("XDG_CACHE_HOME", "/var/cache")))
        .isEqualTo(Path.of("/var/cache/millrace", Versions.millrace()));
  }

  @Test
  void aRelativeVariable_isIgnored_asTheStandardSays() {
    assertThat(CacheDirectory.standard(Map.of("XDG_CACHE_HOME", "cache")))
        .isEqualTo(CacheDirectory.standard(Map.of()))
        .isAbsolute()
        .endsWithRaw(Path.of(".cache", "millrace", Versions.millrace()));
  }
}
