package io.millrace.server.app;

import static io.millrace.server.app.LauncherSandbox.finish;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.app.LauncherSandbox.Finished;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher where it is unpacked from the archive: finding Java and becoming it. */
final class LauncherIT {
  private static final String JAVA_17 = "openjdk version \"17.0.15\" 2025-04-15";
  private static final String UNSAFE = "[--sun-misc-unsafe-memory-access=allow]";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        JAVA_17,
        "openjdk version \"17-ea\" 2021-09-14",
        "openjdk version \"21\" 2023-09-19",
        "java version \"25.0.3\" 2026-04-21 LTS"
      })
  void newEnoughJava_isStarted(String version) throws Exception {
    Finished run = LauncherSandbox.unpacked(folder).java(version).run("version");

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).endsWith("lib/millrace-server-9.9.9.jar]\n[version]\n");
  }

  @ParameterizedTest
  @CsvSource({"java,1.8.0_392", "openjdk,11.0.22", "openjdk,16"})
  void tooOldJava_isNamedWithWhatToInstall(String name, String version) throws Exception {
    Finished run =
        LauncherSandbox.unpacked(folder)
            .java(name + " version \"" + version + "\" 2021-01-19")
            .run("version");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("Java " + version + " is too old (PATH: java)")
        .contains("Java 17 or newer is needed")
        .contains("Install it:")
        .contains("set JAVA_HOME");
  }

  @ParameterizedTest
  @CsvSource({
    "MILLRACE_HEAP, abc",
    "MILLRACE_HEAP, g",
    "MILLRACE_HEAP, 1.5g",
    "MILLRACE_HEAP, 1gb",
    "MILLRACE_DIRECT_MEMORY, -1m",
  })
  void sizeThatIsNone_isRefusedByTheNameOfItsVariable(String variable, String value)
      throws Exception {
    Finished run =
        LauncherSandbox.unpacked(folder).java(JAVA_17).with(variable, value).run("version");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .isEqualTo(
            "millrace: %s is '%s'; allowed: a number and k, m or g, such as 1g or 512m\n"
                .formatted(variable, value));
  }

  @Test
  void linesBeforeTheVersion_areSkipped() throws Exception {
    Finished run =
        LauncherSandbox.unpacked(folder)
            .java(
                "NOTE: Picked up JDK_JAVA_OPTIONS: -Da.version \"1.2\"",
                "Picked up JAVA_TOOL_OPTIONS: -Djava.version=\"9\" -Dx= version \"8\"",
                "Picked up _JAVA_OPTIONS: -Xmx2g",
                JAVA_17,
                "OpenJDK Runtime Environment (build 17.0.15+6-Debian-1deb12u1)")
            .run("version");

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"17.0.15,false", "23.0.2,false", "24,true", "25.0.3,true"})
  void unsafeMemoryAccess_isAllowedWhereJavaWouldWarn(String version, boolean passed)
      throws Exception {
    Finished run =
        LauncherSandbox.unpacked(folder).java("openjdk version \"" + version + "\"").run("version");

    assertThat(run.out().contains(UNSAFE)).isEqualTo(passed);
  }

  @Test
  void noJava_saysWhatToInstall() throws Exception {
    Finished run = LauncherSandbox.unpacked(folder).run("version");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .contains("no Java found")
        .contains("apt-get install openjdk-21-jre-headless")
        .contains("dnf install java-21-openjdk-headless")
        .contains("brew install openjdk");
  }

  @ParameterizedTest
  @CsvSource({"apt-get,dnf", "dnf,brew", "brew,apt-get"})
  void installHint_speaksOfTheMachinesOwnPackageTool(String here, String elsewhere)
      throws Exception {
    Finished run = LauncherSandbox.unpacked(folder).command(here, ":").run("version");

    assertThat(run.err()).contains(here + " install").doesNotContain(elsewhere + " install");
  }

  @Test
  void javaThatTellsNoVersion_isRefused() throws Exception {
    Finished run =
        LauncherSandbox.unpacked(folder)
            .java("The operation couldn`t be completed. Unable to locate a Java Runtime.")
            .run("version");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("printed no version").contains("Install it:");
  }

  @Test
  void javaHome_winsOverThePath_andMillraceJavaOverBoth() throws Exception {
    LauncherSandbox sandbox =
        LauncherSandbox.unpacked(folder)
            .java("openjdk version \"11\"")
            .executable("jdk 21/bin/java", LauncherSandbox.javaBody("openjdk version \"21\""));
    sandbox.with("JAVA_HOME", sandbox.path("jdk 21").toString());

    assertThat(sandbox.run("version").exitCode()).isZero();

    sandbox.with("MILLRACE_JAVA", sandbox.path("no-such-java").toString());
    assertThat(sandbox.run("version").err()).contains("no Java found (MILLRACE_JAVA:");
  }

  @Test
  void javaIsTheLaunchersOwnProcess_soSignalsReachIt_andItsExitCodeIsTheLaunchers()
      throws Exception {
    Finished run =
        LauncherSandbox.unpacked(folder).java(JAVA_17).with("FAKE_EXIT", "7").run("version");

    assertThat(run.out()).contains("pid=" + run.pid() + "\n");
    assertThat(run.exitCode()).isEqualTo(7);
  }

  @Test
  void arguments_arriveAsTheyWere() throws Exception {
    Finished run =
        LauncherSandbox.unpacked(folder).java(JAVA_17).run("serve", "my models", "", "*", "$HOME");

    assertThat(run.out()).endsWith("[serve]\n[my models]\n[]\n[*]\n[$HOME]\n");
  }

  @Test
  void memoryIsBounded_andTheBoundsCanBeMoved() throws Exception {
    LauncherSandbox sandbox = LauncherSandbox.unpacked(folder).java(JAVA_17);

    assertThat(sandbox.run("version").out())
        .contains("[-Xms64m]\n[-Xmx1g]\n[-XX:MaxDirectMemorySize=768m]\n")
        .contains("[-XX:+ExitOnOutOfMemoryError]\n[-XX:-UsePerfData]\n")
        .contains("omp=1\n");

    sandbox
        .with("MILLRACE_HEAP", "2g")
        .with("MILLRACE_DIRECT_MEMORY", "3g")
        .with("MILLRACE_JAVA_OPTS", "-Da=1 -Db=*")
        .with("OMP_NUM_THREADS", "4");
    assertThat(sandbox.run("version").out())
        .contains("[-Xmx2g]\n[-XX:MaxDirectMemorySize=3g]\n")
        .contains("]\n[-Da=1]\n[-Db=*]\n[-jar]")
        .contains("omp=4\n");
  }

  @Test
  void version_isReadFromTheInstallation_whichSparesTheStartOfAnotherJvm() throws Exception {
    LauncherSandbox sandbox =
        LauncherSandbox.unpacked(folder)
            .executable("jdk/bin/java", LauncherSandbox.javaBody("openjdk version \"11\""));
    sandbox.write("jdk/release", "IMPLEMENTOR=\"Acme\"\nJAVA_VERSION=\"21.0.2\"\nLIBC=\"gnu\"\n");
    Files.createSymbolicLink(sandbox.path("bin/java"), sandbox.path("jdk/bin/java"));

    assertThat(sandbox.run("version").exitCode()).isZero();
  }

  @Test
  void archiveOfClasses_isUsedByTheJavaThatItIsNamedAfter() throws Exception {
    LauncherSandbox sandbox = LauncherSandbox.unpacked(folder).java(JAVA_17);
    Path archive = sandbox.write("home/classes-17.0.15.jsa", "whole");
    sandbox.write("home/classes-17.0.15.jsa.size", "5\n");

    assertThat(sandbox.run("version").out()).contains("[-XX:SharedArchiveFile=" + archive + "]");

    sandbox.java("openjdk version \"21\"");
    assertThat(sandbox.run("version").out())
        .contains("[-Xshare:auto]")
        .doesNotContain("SharedArchiveFile");
  }

  @ParameterizedTest
  @ValueSource(strings = {"4\n", "6\n", "", "five\n"})
  void archiveOfAnotherSize_isNotUsed(String size) throws Exception {
    LauncherSandbox sandbox = LauncherSandbox.unpacked(folder).java(JAVA_17);
    sandbox.write("home/classes-17.0.15.jsa", "whole");
    sandbox.write("home/classes-17.0.15.jsa.size", size);

    Finished run = sandbox.run("version");

    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("[-Xshare:auto]").doesNotContain("SharedArchiveFile");
  }

  @Test
  void archiveOfClasses_canLieElsewhere() throws Exception {
    LauncherSandbox sandbox = LauncherSandbox.unpacked(folder).java(JAVA_17);
    Path archive = sandbox.write("else where/classes-17.0.15.jsa", "whole");
    sandbox.write("else where/classes-17.0.15.jsa.size", "5\n");
    sandbox.with("MILLRACE_ARCHIVE_DIR", sandbox.path("else where").toString());

    assertThat(sandbox.run("version").out()).contains("[-XX:SharedArchiveFile=" + archive + "]");
  }

  @Test
  void launcher_worksThroughLinksAndFromAnyFolder() throws Exception {
    LauncherSandbox sandbox = LauncherSandbox.unpacked(folder.resolve("a b")).java(JAVA_17);
    Path elsewhere = Files.createDirectories(sandbox.path("else where"));
    Path relative = Files.createSymbolicLink(elsewhere.resolve("one"), Path.of("../home/millrace"));
    Path absolute = Files.createSymbolicLink(elsewhere.resolve("two"), relative);

    Finished run = finish(sandbox.start(absolute, elsewhere, "serve", "models"));

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("home=" + sandbox.home() + "\n")
        .contains("[" + sandbox.home() + "/lib/millrace-server-9.9.9.jar]");
  }

  @Test
  void launcherAlone_saysWhatIsMissing() throws Exception {
    LauncherSandbox sandbox = LauncherSandbox.unpacked(folder).java(JAVA_17);
    Files.delete(sandbox.path("home/lib/millrace-server-9.9.9.jar"));

    Finished run = sandbox.run("version");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("neither pom.xml (a checkout) nor lib/");
  }
}
