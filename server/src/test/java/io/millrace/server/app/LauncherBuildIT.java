package io.millrace.server.app;

import static io.millrace.server.app.LauncherSandbox.finish;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.app.LauncherSandbox.Finished;
import io.millrace.server.app.LauncherSandbox.Started;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher in a checkout: building when, and only when, it has to. Maven is a stub. */
final class LauncherBuildIT {
  private static final String JAR =
      "home/server/target/millrace-9.9.9/lib/millrace-server-9.9.9.jar";

  @TempDir Path folder;
  private LauncherSandbox sandbox;

  @BeforeEach
  void checkoutWithAllTools() throws IOException {
    sandbox = LauncherSandbox.checkout(folder).java("openjdk version \"17.0.15\" 2025-04-15");
    sandbox.command("javac", "echo javac 17.0.15");
    maven("3.8.7", "echo built");
  }

  /** A Maven of this version that notes each build, waits a moment and does what the test says. */
  private void maven(String version, String then) throws IOException {
    sandbox.command(
        "mvn",
        "if [ \"$1\" = -version ]; then echo 'Apache Maven " + version + " (abc)'; exit 0; fi",
        "echo \"CI=${CI:-} $*\" >> '" + sandbox.path("builds") + "'",
        "sleep 0.3",
        "mkdir -p '" + sandbox.path(JAR).getParent() + "'",
        "echo jar > '" + sandbox.path(JAR) + "'",
        then);
  }

  private List<String> builds() throws IOException {
    Path log = sandbox.path("builds");
    return Files.exists(log) ? Files.readAllLines(log) : List.of();
  }

  @Test
  void helpBeforeTheFirstBuild_listsTheVerbsAtOnce_evenWithoutJava() throws Exception {
    Files.delete(sandbox.path("bin/java"));

    for (String[] question : new String[][] {{}, {"--help"}, {"-h"}, {"help"}}) {
      Finished run = sandbox.run(question);
      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.out()).contains("serve", "validate", "version");
    }
    assertThat(builds()).isEmpty();
  }

  @Test
  void firstStart_buildsWithoutTestsLintAndArchive_thenStarts() throws Exception {
    Finished run = sandbox.with("CI", "true").run("version");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).endsWith("millrace-server-9.9.9.jar]\n[version]\n");
    assertThat(run.err()).contains("millrace: building").contains("millrace: built in");
    assertThat(builds())
        .containsExactly(
            "CI= -B -ntp -Dmaven.test.skip=true -Darchive.skip=true -pl proto,server -am package");
  }

  @Test
  void laterStart_buildsNothing_andNeedsNoMaven() throws Exception {
    sandbox.run("version");
    Files.delete(sandbox.path("bin/mvn"));

    Finished run = sandbox.run("version");

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(builds()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pom.xml", "server/pom.xml", "server/src/main/java/A.java"})
  void changedSource_isBuiltAgain(String source) throws Exception {
    sandbox.run("version");
    touch(source);

    sandbox.run("version");

    assertThat(builds()).hasSize(2);
  }

  @Test
  void deletedSource_isBuiltAgain() throws Exception {
    sandbox.run("version");
    Files.delete(sandbox.path("home/server/src/main/java/A.java"));

    sandbox.run("version");

    assertThat(builds()).hasSize(2);
  }

  @Test
  void sourceChangedDuringABuild_isBuiltAgain() throws Exception {
    maven("3.8.7", "echo x >> '" + sandbox.path("home/server/src/main/java/A.java") + "'");
    sandbox.run("version");

    sandbox.run("version");

    assertThat(builds()).hasSize(2);
  }

  @Test
  void otherBuildOptions_areBuiltWith() throws Exception {
    sandbox.run("version");

    sandbox.with("MILLRACE_BUILD_OPTS", "-o -Dpytorch.skip").run("version");
    sandbox.run("version");

    assertThat(builds()).hasSize(2);
    assertThat(builds().get(1)).contains("-o -Dpytorch.skip -pl");
  }

  @Test
  void brokenBuild_showsTheEndOfItsLog_andIsTriedAgainNextTime() throws Exception {
    maven("3.8.7", "echo 'A.java:1: cannot find symbol'; exit 3");

    Finished run = sandbox.run("version");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .contains("A.java:1: cannot find symbol")
        .contains("the build failed; above are the last lines of " + sandbox.home());
    sandbox.run("version");
    assertThat(builds()).hasSize(2);
  }

  @Test
  void twoStartsAtOnce_buildOnce() throws Exception {
    Started first = sandbox.start(sandbox.launcher(), sandbox.home(), "version");
    Started second = sandbox.start(sandbox.launcher(), sandbox.home(), "version");

    assertThat(finish(first).exitCode()).isZero();
    assertThat(finish(second).exitCode()).isZero();
    assertThat(builds()).hasSize(1);
    assertThat(lock()).doesNotExist();
  }

  @Test
  void lockOfAProcessThatDied_isBroken() throws Exception {
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    Files.createDirectories(lock().getParent());
    Files.createSymbolicLink(lock(), Path.of(Long.toString(dead.pid())));

    assertThat(sandbox.run("version").exitCode()).isZero();
    assertThat(builds()).hasSize(1);
  }

  @Test
  void termDuringABuild_stopsMavenAndFreesTheLock() throws Exception {
    sandbox.command(
        "mvn",
        "if [ \"$1\" = -version ]; then echo 'Apache Maven 3.9.9'; exit 0; fi",
        "echo $$ > '" + sandbox.path("maven.pid") + "'",
        "exec sleep 50");
    Started run = sandbox.start(sandbox.launcher(), sandbox.home(), "version");
    while (!Files.exists(sandbox.path("maven.pid")) || pidOfMaven().isEmpty()) {
      assertThat(run.process().isAlive()).isTrue();
      Thread.onSpinWait();
    }
    ProcessHandle maven = ProcessHandle.of(Long.parseLong(pidOfMaven())).orElseThrow();

    run.process().destroy();

    assertThat(finish(run).exitCode()).isEqualTo(143);
    maven.onExit().get(10, java.util.concurrent.TimeUnit.SECONDS);
    assertThat(Files.isSymbolicLink(lock())).isFalse();
  }

  private String pidOfMaven() throws IOException {
    return Files.readString(sandbox.path("maven.pid")).strip();
  }

  @Test
  void noMaven_saysWhatToInstall() throws Exception {
    Files.delete(sandbox.path("bin/mvn"));

    Finished run = sandbox.run("version");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("Maven is not on the PATH")
        .contains("Maven 3.8 or newer")
        .contains("apt-get install maven");
  }

  @Test
  void oldMaven_isNamed() throws Exception {
    maven("3.6.3", "");

    assertThat(sandbox.run("version").err()).contains("Maven 3.6.3 is too old");
    assertThat(builds()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.8.1", "3.10.0", "4.0.0-rc-4"})
  void newerMaven_isUsed(String version) throws Exception {
    maven(version, "");

    assertThat(sandbox.run("version").exitCode()).isZero();
  }

  @Test
  void javaWithoutACompiler_saysWhatToInstall() throws Exception {
    Files.delete(sandbox.path("bin/javac"));

    Finished run = sandbox.run("version");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("no compiler")
        .contains("JDK 17 or newer")
        .contains("openjdk-21-jdk-headless");
  }

  @Test
  void oldCompiler_isNamed() throws Exception {
    sandbox.command("javac", "echo javac 11.0.2");

    assertThat(sandbox.run("version").err()).contains("is version 11.0.2");
  }

  private Path lock() {
    return sandbox.path("home/target/launcher/lock");
  }

  private void touch(String source) throws IOException {
    Files.setLastModifiedTime(
        sandbox.home().resolve(source), FileTime.from(Instant.now().plusSeconds(10)));
  }
}
