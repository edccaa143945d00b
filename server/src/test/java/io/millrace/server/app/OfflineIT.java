package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BinaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The unpacked server on a machine without network, with empty caches: it must bring all that it
 * needs with it, and leave nothing outside its own cache folder. Linux only, since it takes a
 * network namespace that holds nothing but the loopback interface.
 */
final class OfflineIT {
  private static final Pattern GRPC_LINE =
      Pattern.compile("(?m)^\\s*gRPC\\s+127\\.0\\.0\\.1:(\\d+)");
  private static final Pattern READY_LINE = Pattern.compile("(?m)^Ready");

  @TempDir Path folder;
  private Path temp;
  private Path home;
  private @Nullable Process server;

  @BeforeEach
  void namespacesAreAllowed() throws Exception {
    boolean possible =
        Stream.of("unshare", "nsenter", "ip")
                .allMatch(tool -> LauncherSandbox.onPath(tool).isPresent())
            && new ProcessBuilder(inNewNamespace("true")).start().waitFor() == 0;
    Requirement.check(possible, "unshare, nsenter, ip or user namespaces");
    temp = Files.createDirectory(folder.resolve("temp"));
    home = Files.createDirectory(folder.resolve("home"));
  }

  @AfterEach
  void stopServer() {
    if (server != null) {
      server.destroyForcibly();
    }
  }

  @Test
  void serverWithoutNetwork_servesEveryModel_andLeavesNoTrace() throws Exception {
    Path distribution = Path.of(System.getProperty("millrace.distribution"));
    Path log = folder.resolve("server.log");
    Process running =
        start(
            log,
            inNewNamespace(
                distribution.resolve("millrace").toString(),
                "serve",
                distribution.resolve("model-repo").toString(),
                "--grpc-port",
                "0",
                "--metrics-port",
                "0",
                "--no-envoy"));
    server = running;
    String port = portOnceReady(running, log);

    String answers = probe(running, port);

    assertThat(answers.lines().filter(line -> line.startsWith("network ")))
        .containsExactly("network lo");
    assertThat(answers).contains("health SERVING");
    assertThat(versionsOf(distribution)).isNotEmpty();
    for (String version : versionsOf(distribution)) {
      assertThat(answers).contains("answer " + version + " with ");
    }
    running.destroy();
    assertThat(running.waitFor(30, TimeUnit.SECONDS)).as("it stops on SIGTERM").isTrue();
    assertThat(running.exitValue()).as(Files.readString(log)).isZero();
    assertThat(treeOf(temp)).as("left in the temp folder").isEmpty();
    assertThat(treeOf(home)).as("left in the home folder").isEmpty();
  }

  private static String[] inNewNamespace(String... command) {
    List<String> whole =
        new ArrayList<>(
            List.of("unshare", "-rn", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"));
    whole.addAll(List.of(command));
    return whole.toArray(String[]::new);
  }

  private Process start(Path log, String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("MILLRACE_"));
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("TMPDIR", temp.toString());
    environment.put("HOME", home.toString());
    environment.put("XDG_CACHE_HOME", folder.resolve("cache").toString());
    environment.put("MILLRACE_JAVA_OPTS", "-Djava.io.tmpdir=" + temp + " -Duser.home=" + home);
    return builder.redirectOutput(log.toFile()).start();
  }

  private static String portOnceReady(Process server, Path log) throws Exception {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (!READY_LINE.matcher(Files.readString(log)).find()) {
      assertThat(server.isAlive() && System.nanoTime() < limit)
          .as("the server becomes ready; it printed:\n%s", Files.readString(log))
          .isTrue();
      server.waitFor(100, TimeUnit.MILLISECONDS);
    }
    Matcher line = GRPC_LINE.matcher(Files.readString(log));
    assertThat(line.find()).as("the gRPC address is in:\n%s", Files.readString(log)).isTrue();
    return line.group(1);
  }

  /** Runs the probe in the server's own namespaces. */
  private String probe(Process server, String port) throws Exception {
    List<String> command =
        List.of(
            "nsenter",
            "-t",
            Long.toString(server.pid()),
            "-U",
            "-n",
            "--preserve-credentials",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:-UsePerfData",
            "-cp",
            System.getProperty("java.class.path"),
            ZeroProbe.class.getName(),
            port);
    Path out = folder.resolve("probe.log");
    Process probe =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    assertThat(probe.waitFor(120, TimeUnit.SECONDS)).isTrue();
    String answers = Files.readString(out, UTF_8);
    assertThat(probe.exitValue()).as(answers).isZero();
    return answers;
  }

  /**
   * "iris 1", "digits 2", ... for each model's newest; TorchScript's only if its engine was packed.
   */
  private static List<String> versionsOf(Path distribution) throws IOException {
    String models = hasPyTorch(distribution) ? "model\\.(onnx|pt)" : "model\\.onnx";
    Path repository = distribution.resolve("model-repo");
    try (Stream<Path> files = Files.walk(repository, 3)) {
      return files
          .map(file -> repository.relativize(file).toString())
          .filter(file -> file.matches("[^/]+/[1-9]\\d*/" + models))
          .map(file -> file.substring(0, file.lastIndexOf('/')).replace('/', ' '))
          .collect(
              Collectors.toMap(
                  version -> version.substring(0, version.indexOf(' ')),
                  version -> version,
                  // The versions of the models in the box have one figure each.
                  BinaryOperator.maxBy(Comparator.<String>naturalOrder())))
          .values()
          .stream()
          .toList();
    }
  }

  /** False after a build with -Dpytorch.skip, and on machines that PyTorch has no natives for. */
  private static boolean hasPyTorch(Path distribution) throws IOException {
    try (Stream<Path> jars = Files.list(distribution.resolve("lib"))) {
      return jars.anyMatch(jar -> jar.getFileName().toString().startsWith("pytorch-native"));
    }
  }

  private static List<Path> treeOf(Path root) throws IOException {
    try (Stream<Path> tree = Files.walk(root)) {
      return tree.filter(path -> !path.equals(root)).toList();
    }
  }
}
