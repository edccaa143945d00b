package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.canary.CanaryScope;
import io.millrace.server.config.ConfigException;
import io.millrace.server.config.ConfigReader;
import io.millrace.server.lifecycle.ModelControl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class ServerOptionsTest {
  @TempDir private Path folder;

  private ServerOptions read(Map<String, String> flags, Map<String, String> environment) {
    ConfigReader reader = ConfigReader.of(flags, environment);
    ServerOptions options = ServerOptions.from(reader, folder);
    reader.finish();
    return options;
  }

  @Test
  void nothingGiven_isALaptopOnLoopback() {
    ServerOptions options = read(Map.of(), Map.of());

    assertThat(options.grpc().host()).isEqualTo("127.0.0.1");
    assertThat(options.grpc().port()).isEqualTo(8001);
    assertThat(options.envoy().port()).isEqualTo(8000);
    assertThat(options.envoy().off()).isFalse();
    assertThat(options.envoy().program()).isEmpty();
    assertThat(options.telemetry().port()).isEqualTo(8002);
    assertThat(options.grpc().maxMessageBytes()).isEqualTo(64 << 20);
    assertThat(options.grpc().reflection()).isTrue();
    assertThat(options.repository().allowTorchScript()).isTrue();
    assertThat(options.canary().scope()).isEqualTo(CanaryScope.OFF);
    assertThat(options.drainDelay()).isZero();
  }

  @Test
  void production_isCloserAndSlowerToGo() {
    ServerOptions options = read(Map.of("profile", "production"), Map.of());

    assertThat(options.grpc().maxMessageBytes()).isEqualTo(16 << 20);
    assertThat(options.grpc().reflection()).isFalse();
    assertThat(options.repository().allowTorchScript()).isFalse();
    assertThat(options.canary().scope()).isEqualTo(CanaryScope.WITHOUT_MANIFEST);
    assertThat(options.drainDelay()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void aFlagWinsOverTheEnvironment_whichWinsOverTheFile() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("server.yaml"), "grpc_port: 1\nrest_port: 1\nmetrics_port: 1\n");
    ServerOptions options =
        read(
            Map.of("config", file.toString(), "grpc-port", "3"),
            Map.of("MILLRACE_GRPC_PORT", "2", "MILLRACE_REST_PORT", "2"));

    assertThat(options.grpc().port()).isEqualTo(3);
    assertThat(options.envoy().port()).isEqualTo(2);
    assertThat(options.telemetry().port()).isEqualTo(1);
  }

  @Test
  void productionWithTorchScriptAllowed_servesIt() {
    assertThat(
            read(Map.of("profile", "production"), Map.of("MILLRACE_ALLOW_TORCHSCRIPT", "true"))
                .repository()
                .allowTorchScript())
        .isTrue();
  }

  @Test
  void whoAdministers_isThisMachineBesideTheFolder_unlessASettingSaysOtherwise()
      throws IOException {
    Path file = Files.writeString(folder.resolve("server.yaml"), "model_control: none\n");
    ServerOptions standard = read(Map.of(), Map.of());
    ServerOptions changed =
        read(Map.of("config", file.toString()), Map.of("MILLRACE_ADMIN_FROM", "anywhere"));

    assertThat(standard.control()).isEqualTo(ModelControl.POLL);
    assertThat(standard.grpc().security().isAdminLocal()).isTrue();
    assertThat(changed.control()).isEqualTo(ModelControl.NONE);
    assertThat(changed.grpc().security().isAdminLocal()).isFalse();
    assertThatThrownBy(() -> read(Map.of("model-control", "manual"), Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll("manual", "poll", "explicit", "none");
  }

  @Test
  void aPortThatIsNone_namesTheValueAndWhatIsAllowed() {
    assertThatThrownBy(() -> read(Map.of("grpc-port", "65536"), Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll("--grpc-port", "65536", "65535");
  }

  @Test
  void everySetting_hasAFlag() {
    Map<String, String> flags =
        Map.ofEntries(
            Map.entry("grpc-port", "0"),
            Map.entry("rest-port", "0"),
            Map.entry("no-envoy", "true"),
            Map.entry("envoy", folder.resolve("envoy").toString()),
            Map.entry("metrics-port", "0"),
            Map.entry("host", "127.0.0.1"),
            Map.entry("profile", "laptop"),
            Map.entry("log-format", "json"),
            Map.entry("access-log", "text"),
            Map.entry("scan-interval", "1s"),
            Map.entry("allow-torchscript", "true"),
            Map.entry("strict-manifest", "true"),
            Map.entry("allow-links", "true"),
            Map.entry("max-message-size", "1MiB"),
            Map.entry("reflection", "true"),
            Map.entry("drain-delay", "1s"),
            Map.entry("stop-timeout", "1s"),
            Map.entry("model-control", "explicit"),
            Map.entry("admin-from", "anywhere"),
            Map.entry("cache-dir", folder.toString()));

    CommandLine serve = new CommandLine(new ServeCommand(new StopSignal()));
    ServerFlags.addTo(serve);

    read(flags, Map.of());
    assertThat(serve.getCommandSpec().optionsMap().keySet())
        .containsAll(flags.keySet().stream().map(name -> "--" + name).toList());
  }
}
