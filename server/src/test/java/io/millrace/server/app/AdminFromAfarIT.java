package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Operators who call from an address that is not loopback. Linux only: server, Envoy and callers
 * live in a network namespace that has such an address.
 */
final class AdminFromAfarIT {
  /** Of a block for documentation, which leads nowhere. */
  private static final String AFAR = "192.0.2.1";

  private static final String PATIENCE_SECONDS = "120";

  @TempDir Path folder;
  private Path repository;
  private final List<Process> started = new ArrayList<>();

  @BeforeEach
  void namespacesAreAllowed() throws Exception {
    boolean possible =
        Stream.of("unshare", "nsenter", "ip")
                .allMatch(tool -> LauncherSandbox.onPath(tool).isPresent())
            && new ProcessBuilder(inNewNamespace("true")).start().waitFor() == 0;
    Requirement.check(possible, "unshare, nsenter, ip or user namespaces");
    repository = folder.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
  }

  @AfterEach
  void stop() {
    started.forEach(Process::destroyForcibly);
  }

  private static List<String> inNewNamespace(String... command) {
    List<String> whole =
        new ArrayList<>(
            List.of(
                "unshare",
                "-rn",
                "sh",
                "-c",
                "ip link set lo up && ip addr add " + AFAR + "/32 dev lo && exec \"$@\"",
                "sh"));
    whole.addAll(List.of(command));
    return whole;
  }

  /** A command beside a server, in its namespaces. */
  private static List<String> beside(Process server, List<String> command) {
    List<String> whole =
        new ArrayList<>(
            List.of(
                "nsenter",
                "-t",
                Long.toString(server.pid()),
                "-U",
                "-n",
                "--preserve-credentials"));
    whole.addAll(command);
    return whole;
  }

  private Process start(Path log, List<String> command, Path workFolder) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(workFolder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private Process serve(Path log, String... options) throws Exception {
    List<String> command =
        inNewNamespace(
            RunningServer.DISTRIBUTION.resolve("millrace").toString(),
            "serve",
            repository.toString(),
            "--metrics-port",
            "0");
    command.addAll(List.of(options));
    Process server = start(log, command, folder);
    found(server, log, "(?m)^(Ready)");
    return server;
  }

  /** What the log of a process that runs comes to say. */
  private static String found(Process process, Path log, String pattern) throws Exception {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.parseLong(PATIENCE_SECONDS));
    while (true) {
      Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(log));
      if (matcher.find()) {
        return matcher.group(1);
      }
      assertThat(process.isAlive() && System.nanoTime() < limit)
          .as("it says %s; it said:\n%s", pattern, Files.readString(log))
          .isTrue();
      process.waitFor(100, TimeUnit.MILLISECONDS);
    }
  }

  /** How the calls of the probe end, each in a line behind its address. */
  private List<String> probe(Process server, String... addresses) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path"),
                AdminProbe.class.getName(),
                "tiny"));
    command.addAll(List.of(addresses));
    Path out = folder.resolve("probe.log");
    Process probe = start(out, beside(server, command), Path.of("").toAbsolutePath());
    assertThat(probe.waitFor(120, TimeUnit.SECONDS)).isTrue();
    String answers = Files.readString(out, UTF_8);
    assertThat(probe.exitValue()).as(answers).isZero();
    return answers.lines().filter(line -> line.matches("(grpc|rest|triton|v2)=.*")).toList();
  }

  @Test
  void onAnyAddress_onlyTheGrpcPortOnLoopbackIsAnswered_whateverCallersSay() throws Exception {
    Path log = folder.resolve("server.log");
    Process server =
        serve(
            log,
            "--host",
            "0.0.0.0",
            "--grpc-port",
            "0",
            "--rest-port",
            "0",
            "--envoy",
            RealEnvoy.program().toString());
    String grpc = ":" + found(server, log, "gRPC +\\S+:(\\d+)");
    String rest = ":" + found(server, log, "REST +http://\\S+:(\\d+)");

    List<String> ends =
        probe(
            server,
            "grpc=127.0.0.1" + grpc,
            "grpc=" + AFAR + grpc,
            "rest=127.0.0.1" + rest,
            "rest=" + AFAR + rest,
            "grpc=127.0.0.1" + rest,
            "grpc=" + AFAR + rest,
            "triton=127.0.0.1" + grpc,
            "triton=" + AFAR + grpc,
            "triton=" + AFAR + rest,
            "v2=127.0.0.1" + rest,
            "v2=" + AFAR + rest);

    assertThat(ends).hasSize(11);
    assertThat(ends.get(0)).endsWith(" OK");
    assertThat(ends.get(1)).contains("PERMISSION_DENIED", "LoadModel", "--admin-from anywhere");
    assertThat(ends.subList(2, 4))
        .allSatisfy(
            end ->
                assertThat(end)
                    .contains(" 403 ", "\"code\":7", "\"reason\":\"PERMISSION_DENIED\""));
    assertThat(ends.subList(4, 6))
        .allSatisfy(
            end -> assertThat(end).contains(" PERMISSION_DENIED ", "--admin-from anywhere"));
    assertThat(ends.get(6)).endsWith(" OK");
    assertThat(ends.get(7)).contains("PERMISSION_DENIED", "RepositoryModelLoad");
    assertThat(ends.get(8)).contains(" PERMISSION_DENIED ", "--admin-from anywhere");
    assertThat(ends.subList(9, 11))
        .allSatisfy(end -> assertThat(end).contains(" 403 ", "\"reason\":\"PERMISSION_DENIED\""));
  }

  @Test
  void whereAnEnvoyOfOnesOwnLetsThemThrough_theServerRefusesThemByTheAddressThatItAppends()
      throws Exception {
    Path log = folder.resolve("server.log");
    Process server = serve(log, "--no-envoy", "--grpc-port", "8001");
    Path kit = RunningServer.DISTRIBUTION.resolve("envoy");
    String file =
        Files.readString(kit.resolve("envoy.yaml"))
            .replace("address: 127.0.0.1  # serve: host", "address: 0.0.0.0")
            .replace("path: envoy-admin.sock", "path: " + folder.resolve("admin.sock"));
    Path own = Files.writeString(folder.resolve("own.yaml"), file);
    Path envoyLog = folder.resolve("envoy.log");
    Process envoy =
        start(
            envoyLog,
            beside(
                server,
                List.of(
                    RealEnvoy.program().toString(), "-c", own.toString(), "--disable-hot-restart")),
            kit);
    found(envoy, envoyLog, "(starting main dispatch loop)");

    List<String> ends =
        probe(
            server,
            "rest=127.0.0.1:8000",
            "rest=" + AFAR + ":8000",
            "grpc=" + AFAR + ":8000",
            "v2=127.0.0.1:8000",
            "v2=" + AFAR + ":8000");

    assertThat(ends).hasSize(5);
    assertThat(ends.get(0)).contains(" 200 ");
    assertThat(ends.get(1)).contains(" 403 ", "LoadModel is answered on loopback alone");
    assertThat(ends.get(2)).contains(" PERMISSION_DENIED LoadModel is answered on loopback alone");
    assertThat(ends.get(3)).contains(" 200 ", "\"load\":true");
    assertThat(ends.get(4)).contains(" 403 ", "RepositoryModelLoad is answered on loopback alone");
  }
}
