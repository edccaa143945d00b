package io.millrace.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own can show: the order of starts, and what is left behind. */
class EngineProcessTest {
  private static final String ONNX_RAN = "probe: onnx [11.0, 22.0]";
  private static final String TORCH_RAN = "probe: torch [11.0, 22.0]";

  @TempDir Path temporary;
  @TempDir Path cache;

  @Test
  void onnxThenTorchScript_bothRun() throws Exception {
    Fixtures.assumePyTorch();

    assertThat(probe(Fixtures.CACHE, jar -> true, "onnx", "torch"))
        .containsExactly(ONNX_RAN, TORCH_RAN);
  }

  @Test
  void torchScriptThenOnnx_bothRun() throws Exception {
    Fixtures.assumePyTorch();

    assertThat(probe(Fixtures.CACHE, jar -> true, "torch", "onnx"))
        .containsExactly(TORCH_RAN, ONNX_RAN);
  }

  @Test
  void bothEngines_leaveNothingInTheTemporaryDirectory() throws Exception {
    Fixtures.assumePyTorch();

    probe(Fixtures.CACHE, jar -> true, "onnx", "torch");

    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void haltedProcess_leavesNothingInTheTemporaryDirectory() throws Exception {
    assertThat(probe(cache, jar -> true, "onnx", "halt")).containsExactly(ONNX_RAN);

    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void onnxAlone_unpacksItsLibrariesIntoTheCacheAndNoPyTorch() throws Exception {
    probe(cache, jar -> true, "onnx");

    assertThat(files(cache))
        .isNotEmpty()
        .allMatch(file -> file.startsWith("onnxruntime" + File.separator));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void modelsWithSeveralThreads_shareOnePool() throws Exception {
    // Whoever runs a model is one of its threads.
    int pool = Runtime.getRuntime().availableProcessors() - 1;

    assertThat(probe(Fixtures.CACHE, jar -> true, "threads", "onnx"))
        .containsExactly("probe: threads %d, 0 more".formatted(pool), ONNX_RAN);
  }

  @Test
  void secondStart_keepsWhatTheFirstUnpacked() throws Exception {
    probe(cache, jar -> true, "onnx");
    List<Object> before = times(cache);

    assertThat(probe(cache, jar -> true, "onnx")).containsExactly(ONNX_RAN);

    assertThat(times(cache)).isEqualTo(before);
  }

  @Test
  void librariesCutShort_areUnpackedAgain() throws Exception {
    probe(cache, jar -> true, "onnx");
    for (String file : files(cache)) {
      Files.write(cache.resolve(file), new byte[10]);
    }

    assertThat(probe(cache, jar -> true, "onnx")).containsExactly(ONNX_RAN);
  }

  @Test
  void startsAtTheSameTime_shareOneCache() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      processes.add(start(cache, jar -> true, "onnx"));
    }

    for (Process process : processes) {
      assertThat(output(process)).containsExactly(ONNX_RAN);
    }
    assertThat(files(cache)).allMatch(file -> file.matches(".*\\.(so|dylib|dll)"));
  }

  @Test
  void cacheThatCannotBeWritten_isToldWithoutItsFolder() throws Exception {
    Path file = Files.createFile(cache.resolve("file"));

    assertThat(probe(file, jar -> true, "onnx"))
        .singleElement(InstanceOfAssertFactories.STRING)
        .startsWith("probe: onnx MODEL_LOAD_FAILED ONNX Runtime did not start: ")
        .doesNotContain(cache.toString());
  }

  @Test
  void withoutPyTorchsNatives_torchScriptIsRefusedInWordsAndOnnxRuns() throws Exception {
    assertThat(probe(cache, jar -> !jar.contains("pytorch-native"), "torch", "onnx"))
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .startsWith(
                        "probe: torch MODEL_LOAD_FAILED this server was built without PyTorch"),
            line -> assertThat(line).isEqualTo(ONNX_RAN));
  }

  @Test
  void withoutAnythingOfPyTorch_torchScriptIsRefusedInWordsAndOnnxRuns() throws Exception {
    assertThat(probe(cache, jar -> !jar.contains("pytorch"), "onnx", "torch", "torch"))
        .satisfiesExactly(
            line -> assertThat(line).isEqualTo(ONNX_RAN),
            line -> assertThat(line).contains("this server was built without PyTorch"),
            line -> assertThat(line).contains("this server was built without PyTorch"));
  }

  private List<String> probe(Path cacheDirectory, Predicate<String> jars, String... words)
      throws Exception {
    return output(start(cacheDirectory, jars, words));
  }

  private Process start(Path cacheDirectory, Predicate<String> jars, String... words)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                EngineProbe.class.getName(),
                cacheDirectory.toString()));
    command.addAll(Arrays.asList(words));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("CLASSPATH", classPath(jars));
    builder.redirectErrorStream(true);
    return builder.start();
  }

  /** The probe's lines of a process that ended well. */
  private static List<String> output(Process process) throws Exception {
    String all = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(all).isZero();
    return all.lines().filter(line -> line.startsWith("probe: ")).toList();
  }

  private static String classPath(Predicate<String> jars) {
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Stream.of(all.split(File.pathSeparator))
        .filter(entry -> jars.test(Path.of(entry).getFileName().toString()))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static List<String> files(Path directory) throws IOException {
    try (Stream<Path> walk = Files.walk(directory)) {
      return walk.filter(Files::isRegularFile)
          .map(file -> directory.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  private static List<Object> times(Path directory) throws IOException {
    List<Object> times = new ArrayList<>();
    for (String file : files(directory)) {
      times.add(Files.getLastModifiedTime(directory.resolve(file)));
    }
    return times;
  }
}
