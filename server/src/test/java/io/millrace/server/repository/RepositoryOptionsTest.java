package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.config.ConfigReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RepositoryOptionsTest {
  @TempDir private Path root;

  @Test
  void settings_areReadFromTheirNames() {
    ConfigReader reader =
        ConfigReader.of(
            Map.of(
                "repository", root.toString(), "allow-torchscript", "false", "allow-links", "true"),
            Map.of("MILLRACE_SCAN_INTERVAL", "250ms", "MILLRACE_STRICT_MANIFEST", "true"));

    assertThat(RepositoryOptions.from(reader, Path.of("unused"), true))
        .isEqualTo(new RepositoryOptions(root, Duration.ofMillis(250), false, true, true));
    reader.finish();
  }

  @Test
  void absentSettings_haveTheirDefaults() {
    ConfigReader reader = ConfigReader.of(Map.of(), Map.of());

    assertThat(RepositoryOptions.from(reader, root, true))
        .isEqualTo(new RepositoryOptions(root, Duration.ofSeconds(1), true));
  }

  @Test
  void badSettings_areProblems() {
    ConfigReader reader =
        ConfigReader.of(Map.of("repository", "no/such/folder", "scan-interval", "99ms"), Map.of());
    RepositoryOptions.from(reader, root, true);

    assertThatThrownBy(reader::finish)
        .hasMessage(
            """
            command line: REPO is 'no/such/folder'; allowed: a folder that exists
            command line: --scan-interval is '99ms'; allowed: a time from 100ms to 1h, such as\
             500ms or 2s""");
  }
}
