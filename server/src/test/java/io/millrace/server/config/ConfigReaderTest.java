package io.millrace.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigReaderTest {
  private static final Map<String, String> NONE = Map.of();

  @TempDir private Path folder;

  private enum Profile {
    LAPTOP,
    IN_PRODUCTION
  }

  @Test
  void settingInNoLayer_hasItsDefault() {
    ConfigReader reader = ConfigReader.of(NONE, NONE);

    assertThat(port(reader)).isEqualTo(8080);
    assertThat(reader.text("bind", "127.0.0.1")).isEqualTo("127.0.0.1");
    assertThat(reader.bool("reflection", true)).isTrue();
    assertThat(reader.choice("profile", Profile.LAPTOP)).isEqualTo(Profile.LAPTOP);
    assertThat(reader.path("repository", Path.of("model-repo"))).isEqualTo(Path.of("model-repo"));
    reader.finish();
  }

  @Test
  void settingInEveryLayer_flagBeatsEnvironmentBeatsFile() throws IOException {
    Map<String, String> file = Map.of("config", file("grpc_port: 1"));
    Map<String, String> environment = Map.of("MILLRACE_GRPC_PORT", "2");

    assertThat(port(ConfigReader.of(file, NONE))).isEqualTo(1);
    assertThat(port(ConfigReader.of(file, environment))).isEqualTo(2);
    assertThat(port(ConfigReader.of(Map.of("grpc-port", "3"), environment))).isEqualTo(3);
  }

  @Test
  void fileNamedByTheEnvironment_isRead() throws IOException {
    ConfigReader reader =
        ConfigReader.of(NONE, Map.of("MILLRACE_CONFIG", file("grpc_port: 9"), "HOME", "/root"));

    assertThat(port(reader)).isEqualTo(9);
    reader.finish();
  }

  @Test
  void emptyVariable_countsAsUnset() {
    assertThat(port(ConfigReader.of(NONE, Map.of("MILLRACE_GRPC_PORT", "")))).isEqualTo(8080);
  }

  @Test
  void everyTypeFromText_isRead() {
    ConfigReader reader =
        ConfigReader.of(
            Map.of("profile", "in-production", "reflection", "true", "wait", "1500ms"),
            Map.of("MILLRACE_MAX_MESSAGE", "16MiB", "MILLRACE_REPOSITORY", "/models"));

    assertThat(reader.choice("profile", Profile.LAPTOP)).isEqualTo(Profile.IN_PRODUCTION);
    assertThat(reader.bool("reflection", false)).isTrue();
    assertThat(wait(reader)).isEqualTo(Duration.ofMillis(1500));
    assertThat(maxMessage(reader)).isEqualTo(DataSize.ofMebibytes(16));
    assertThat(reader.path("repository", Path.of("x"))).isEqualTo(Path.of("/models"));
    reader.finish();
  }

  @Test
  void everyTypeFromFile_isRead() throws IOException {
    String file = file("profile: laptop\nreflection: true\nwait: 2s\nmax_message: 1GiB\n");
    ConfigReader reader = ConfigReader.of(Map.of("config", file), NONE);

    assertThat(reader.choice("profile", Profile.IN_PRODUCTION)).isEqualTo(Profile.LAPTOP);
    assertThat(reader.bool("reflection", false)).isTrue();
    assertThat(wait(reader)).isEqualTo(Duration.ofSeconds(2));
    assertThat(maxMessage(reader)).isEqualTo(DataSize.ofMebibytes(1024));
    reader.finish();
  }

  @Test
  void problemsInAllLayers_areToldTogether() throws IOException {
    String file = file("bind: ''\nmax_message: 64MB\nreflectoin: true\nprofile: 'laptop'\n");
    ConfigReader reader =
        ConfigReader.of(
            Map.of("config", file, "grpc-port", "http", "grpc-prot", "1"),
            Map.of("MILLRACE_WAIT", "2 s", "MILLRACE_PROFILE", "Laptop"));
    port(reader);
    wait(reader);
    maxMessage(reader);
    reader.text("bind", "127.0.0.1");
    reader.bool("reflection", false);
    reader.choice("profile", Profile.LAPTOP);

    ConfigException failure = catchThrowableOfType(ConfigException.class, reader::finish);

    assertThat(failure.problems())
        .map(Problem::toString)
        .containsExactly(
            "command line: --grpc-port is 'http'; allowed: a whole number from 0 to 65535",
            "environment: MILLRACE_WAIT is '2 s'; allowed: a time from 100ms to 1h, such as 500ms"
                + " or 2s",
            file + ":2: max_message is '64MB'; allowed: a size from 1KiB to 1GiB, such as 64MiB",
            file + ":1: bind is ''; allowed: a text",
            "environment: MILLRACE_PROFILE is 'Laptop'; allowed: laptop, in-production",
            "command line: --grpc-prot is not a setting; did you mean grpc-port?",
            file + ":3: 'reflectoin' is not a known key; did you mean reflection?");
    assertThat(failure).message().hasLineCount(7);
  }

  @Test
  void valueWithProblem_givesTheDefaultMeanwhile() {
    assertThat(port(ConfigReader.of(Map.of("grpc-port", "65536"), NONE))).isEqualTo(8080);
  }

  @Test
  void quotedNumberInFile_isRefused() throws IOException {
    String file = file("grpc_port: '8080'");
    ConfigReader reader = ConfigReader.of(Map.of("config", file), NONE);
    port(reader);

    assertThatThrownBy(reader::finish)
        .hasMessage(file + ":1: grpc_port is '8080'; allowed: a whole number from 0 to 65535");
  }

  @Test
  void missingFile_isAProblem() {
    String name = folder.resolve("absent.yaml").toString();

    assertThatThrownBy(ConfigReader.of(Map.of("config", name), NONE)::finish)
        .hasMessage(name + ": cannot be read: it does not exist; name a file that can be");
  }

  @Test
  void folderAsFile_isAProblem() {
    String name = folder.toString();

    assertThatThrownBy(ConfigReader.of(Map.of("config", name), NONE)::finish)
        .hasMessageStartingWith(name + ": cannot be read: ");
  }

  @Test
  void refusedAfterwards_namesTheLayerThatSetIt() {
    ConfigReader reader = ConfigReader.of(Map.of("repository", "/nowhere"), NONE);
    reader.path("repository", Path.of("model-repo"));
    reader.refuse("repository", Path.of("/nowhere"), "a folder that exists");
    reader.refuse("scan-interval", "1s", "less");

    ConfigException failure = catchThrowableOfType(ConfigException.class, reader::finish);

    assertThat(failure.problems())
        .map(Problem::toString)
        .containsExactly(
            "command line: --repository is '/nowhere'; allowed: a folder that exists",
            "default: scan-interval is '1s'; allowed: less");
  }

  @Test
  void unknownVariables_areOnlyWarnedOf() {
    ConfigReader reader =
        ConfigReader.of(
            NONE,
            Map.of("MILLRACE_GRPC_PROT", "1", "MILLRACE_HOME", "/opt", "MILLRACE", "", "PATH", ""));
    port(reader);
    reader.finish();

    assertThat(reader.unknownVariables(Set.of("MILLRACE_HOME")))
        .map(Problem::toString)
        .isEqualTo(
            List.of(
                "environment: MILLRACE_GRPC_PROT is not a setting and has no effect; did you mean"
                    + " MILLRACE_GRPC_PORT?"));
  }

  @Test
  void valueWithLineBreak_staysOnOneLine() {
    ConfigReader reader = ConfigReader.of(Map.of("grpc-port", "1\n2026 ERROR forged"), NONE);
    port(reader);

    assertThatThrownBy(reader::finish)
        .message()
        .contains("'1\\u{a}2026 ERROR forged'")
        .hasLineCount(1);
  }

  private String file(String content) throws IOException {
    return Files.writeString(folder.resolve("millrace.yaml"), content).toString();
  }

  private static int port(ConfigReader reader) {
    return reader.integer("grpc-port", 8080, 0, 65535);
  }

  private static Duration wait(ConfigReader reader) {
    return reader.duration(
        "wait", Duration.ofSeconds(1), Duration.ofMillis(100), Duration.ofHours(1));
  }

  private static DataSize maxMessage(ConfigReader reader) {
    return reader.dataSize(
        "max-message", DataSize.ofMebibytes(64), new DataSize(1024), DataSize.ofMebibytes(1024));
  }
}
