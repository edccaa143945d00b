package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code millrace prepare} makes, and what a start makes of it. */
final class PrepareIT {
  /** How a JVM tells that a class came from the archive that was added to its own. */
  private static final String FROM_ARCHIVE = "shared objects file (top)";

  @TempDir static Path shared;
  private static Path prepared;

  @TempDir Path folder;

  @BeforeAll
  static void prepare() throws Exception {
    prepared = Files.createDirectory(shared.resolve("with blank"));
    Process process = prepareProcess(prepared).inheritIO().start();
    assertThat(process.waitFor()).isZero();
  }

  private static ProcessBuilder prepareProcess(Path target) {
    ProcessBuilder builder = launcher(RunningServer.DISTRIBUTION, target, "prepare");
    // A setting of servers: the start for the archive must not listen to it.
    builder.environment().put("MILLRACE_GRPC_PORT", "none");
    return builder;
  }

  private static ProcessBuilder launcher(Path home, Path archiveFolder, String verb) {
    ProcessBuilder builder = new ProcessBuilder(home.resolve("millrace").toString(), verb);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().remove("MILLRACE_JAVA");
    builder.environment().put("MILLRACE_ARCHIVE_DIR", archiveFolder.toString());
    return builder;
  }

  @Test
  void prepare_leavesTheArchiveAndItsSize_andNothingElse() throws Exception {
    try (Stream<Path> files = Files.list(prepared)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .hasSize(2)
          .anyMatch(name -> name.endsWith(".jsa"))
          .anyMatch(name -> name.endsWith(".jsa.size"));
    }
  }

  @Test
  void start_takesItsClassesFromTheArchive_andPredicts() throws Exception {
    Start start = start(prepared);

    assertThat(start.classesFromArchive()).isGreaterThan(2_000);
    assertThat(start.log()).doesNotContain("cds");
  }

  @Test
  void prepare_canBeRepeated() throws Exception {
    Path again = copyOfArchive();
    Process process = prepareProcess(again).inheritIO().start();
    assertThat(process.waitFor()).isZero();

    assertThat(start(again).classesFromArchive()).isGreaterThan(2_000);
  }

  @Test
  void archiveThatWasCutShort_isPassedOver() throws Exception {
    Path cut = copyOfArchive();
    try (RandomAccessFile file = new RandomAccessFile(archive(cut).toFile(), "rw")) {
      file.setLength(file.length() / 3);
    }

    assertPassedOver(cut);
  }

  @Test
  void archiveWithWrongBytes_isPassedOver() throws Exception {
    Path wrong = copyOfArchive();
    try (RandomAccessFile file = new RandomAccessFile(archive(wrong).toFile(), "rw")) {
      file.seek(file.length() / 3);
      file.write(new byte[10_000]);
    }

    assertPassedOver(wrong);
  }

  @Test
  void archiveOfOtherJars_isPassedOver() throws Exception {
    // The JVM compares where jars lie and when they were written.
    Path classes = folder.resolve("classes.log");
    Path out = folder.resolve("out");
    ProcessBuilder builder =
        launcher(copyOfDistribution(), prepared, "version").redirectErrorStream(true);
    builder.environment().put("MILLRACE_JAVA_OPTS", "-Xlog:class+load:file=" + classes);

    assertThat(builder.redirectOutput(out.toFile()).start().waitFor()).isZero();

    assertThat(fromArchive(classes)).isZero();
    assertThat(Files.readString(out)).startsWith("millrace ").doesNotContain("cds");
  }

  @Test
  void folderThatCannotBeWrittenTo_isNamedWithTheVariable() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    Path err = folder.resolve("err");

    Process process = prepareProcess(file).redirectError(err.toFile()).start();

    assertThat(process.waitFor()).isEqualTo(1);
    assertThat(Files.readString(err))
        .contains("cannot write to " + file)
        .contains("MILLRACE_ARCHIVE_DIR");
  }

  private void assertPassedOver(Path archiveFolder) throws IOException {
    Start start = start(archiveFolder);

    assertThat(start.classesFromArchive()).isZero();
    assertThat(start.log()).doesNotContain("cds").doesNotContain("fatal error");
  }

  private record Start(long classesFromArchive, String log) {}

  /** Starts, predicts, and tells where the classes came from. */
  private Start start(Path archiveFolder) throws IOException {
    Path repository = Files.createTempDirectory(folder, "models");
    Repositories.drop(repository, "constant", 1, "constant-version-1.onnx");
    Path classes = Files.createTempFile(folder, "classes", ".log");
    Map<String, String> environment =
        Map.of(
            "MILLRACE_ARCHIVE_DIR",
            archiveFolder.toString(),
            "MILLRACE_JAVA_OPTS",
            "-Xlog:class+load:file=" + classes);
    try (RunningServer server = RunningServer.launch(environment, repository)) {
      server.awaitReady();
      assertThat(Calls.predict(server.channel(), Calls.whichVersion("constant")).getFinal())
          .isTrue();
      return new Start(fromArchive(classes), server.log());
    }
  }

  private static long fromArchive(Path classes) throws IOException {
    try (Stream<String> lines = Files.lines(classes)) {
      return lines.filter(line -> line.contains(FROM_ARCHIVE)).count();
    }
  }

  private static Path archive(Path in) throws IOException {
    try (Stream<Path> files = Files.list(in)) {
      return files.filter(file -> file.toString().endsWith(".jsa")).findFirst().orElseThrow();
    }
  }

  private Path copyOfArchive() throws IOException {
    Path copy = Files.createDirectory(folder.resolve("copy"));
    for (Path file : List.of(archive(prepared), Path.of(archive(prepared) + ".size"))) {
      Path target = Files.copy(file, copy.resolve(file.getFileName()));
      assertThat(target.toFile().setWritable(true)).isTrue();
    }
    return copy;
  }

  /** Its big libraries are links, which the JVM takes for the jars that they point at. */
  private Path copyOfDistribution() throws IOException {
    Path copy = folder.resolve("other");
    Files.createDirectories(copy.resolve("lib"));
    Files.copy(RunningServer.DISTRIBUTION.resolve("millrace"), copy.resolve("millrace"));
    assertThat(copy.resolve("millrace").toFile().setExecutable(true)).isTrue();
    try (Stream<Path> jars = Files.list(RunningServer.DISTRIBUTION.resolve("lib"))) {
      for (Path jar : jars.toList()) {
        Path target = copy.resolve("lib").resolve(jar.getFileName());
        if (jar.getFileName().toString().startsWith("millrace-")) {
          Files.copy(jar, target);
        } else {
          Files.createSymbolicLink(target, jar);
        }
      }
    }
    return copy;
  }
}
