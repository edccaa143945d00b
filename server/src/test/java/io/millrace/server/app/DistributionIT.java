package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The folder that the archive holds: complete, and run by its own launcher. */
final class DistributionIT {
  private static final Path DISTRIBUTION = Path.of(System.getProperty("millrace.distribution"));

  @TempDir Path elsewhere;

  @Test
  void mainJar_findsEachLibraryBesideIt_andNoneIsUnused() throws Exception {
    Path lib = DISTRIBUTION.resolve("lib");
    Path mainJar = only(lib, "millrace-server-*.jar");
    List<String> named;
    try (JarFile jar = new JarFile(mainJar.toFile())) {
      Attributes manifest = jar.getManifest().getMainAttributes();
      assertThat(manifest.getValue("Enable-Native-Access")).isEqualTo("ALL-UNNAMED");
      named = List.of(manifest.getValue("Class-Path").split(" "));
    }
    List<String> present;
    try (Stream<Path> files = Files.list(lib)) {
      present =
          files
              .filter(file -> !file.equals(mainJar))
              .map(file -> file.getFileName().toString())
              .toList();
    }
    assertThat(present).containsExactlyInAnyOrderElementsOf(named);
  }

  @Test
  void sampleModels_comeWithoutCaches() throws IOException {
    try (Stream<Path> files = Files.walk(DISTRIBUTION.resolve("model-repo"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .contains("model.onnx", "model.pt")
          .noneMatch(name -> name.startsWith(".") || name.equals("__pycache__"));
    }
  }

  @Test
  void version_isToldFromAnyFolder() throws Exception {
    Path link = Files.createSymbolicLink(elsewhere.resolve("mr"), DISTRIBUTION.resolve("millrace"));

    String told = run(link.toString(), "version");
    Files.delete(link);

    assertThat(told).contains(DISTRIBUTION.getFileName().toString().replace("millrace-", ""));
  }

  @Test
  void help_listsTheVerbsThatTheLauncherListsBeforeABuild() throws Exception {
    LauncherSandbox unbuilt = LauncherSandbox.checkout(elsewhere.resolve("unbuilt"));

    String launchers = unbuilt.run("--help").out();
    String javas = run(DISTRIBUTION.resolve("millrace").toString(), "--help");

    assertThat(verbs(launchers)).isNotEmpty().isEqualTo(verbs(javas));
  }

  /** The first words of the indented lines under "Commands:". */
  private static List<String> verbs(String help) {
    return help.lines()
        .dropWhile(line -> !line.startsWith("Commands:"))
        .skip(1)
        .takeWhile(line -> line.startsWith("  "))
        .filter(line -> !line.startsWith("   "))
        .map(line -> line.replaceFirst("^ +(\\S+).*", "$1"))
        .toList();
  }

  private String run(String... command) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(elsewhere.toFile()).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().remove("MILLRACE_JAVA");
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    return out;
  }

  private static Path only(Path folder, String glob) throws IOException {
    try (var files = Files.newDirectoryStream(folder, glob)) {
      return files.iterator().next();
    }
  }
}
