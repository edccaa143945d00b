package io.millrace.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class EngineSettingsTest {
  /** Applies the settings, with the cache of all tests. */
  private static final String CACHE = Fixtures.CACHE.toString();

  @Test
  void frameworks_areKeptOffTheNetwork() {
    assertThat(System.getProperty("ai.djl.offline")).isEqualTo("true");
    assertThat(System.getProperty("OPT_OUT_TRACKING")).isEqualTo("true");
  }

  @Test
  void propertyThatIsSet_keepsItsValue() {
    assertThat(System.getProperty("ENGINE_CACHE_DIR")).isEqualTo(CACHE);

    EngineSettings.apply(Path.of("elsewhere"));

    assertThat(System.getProperty("ENGINE_CACHE_DIR")).isEqualTo(CACHE);
  }
}
