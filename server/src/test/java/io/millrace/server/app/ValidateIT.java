package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code millrace validate} as a person types it. */
final class ValidateIT {
  @TempDir private Path temp;

  private record Ended(int code, String output) {}

  private static ProcessBuilder builder(Path repository) {
    ProcessBuilder builder =
        new ProcessBuilder(
            RunningServer.DISTRIBUTION.resolve("millrace").toString(),
            "validate",
            repository.toString());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return builder;
  }

  private static Ended validate(Path repository) throws Exception {
    Process process = builder(repository).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), output);
  }

  @Test
  void theModelsInTheBox_areClean() throws Exception {
    Ended ended = validate(RunningServer.CHECKOUT.resolve("model-repo"));

    assertThat(ended.output())
        .contains("digits", "canary=2", "image FP32 [-1, 8, 8]", "models: 6, problems: 0");
    assertThat(ended.code()).isZero();
  }

  @Test
  void everyFault_isNamedWithItsPlaceAndItsMend() throws Exception {
    Path repository = temp.resolve("repository");
    Repositories.drop(repository, "good", 1, "constant-version-1.onnx");
    Repositories.write(repository.resolve("cut/1/model.onnx"), "not a model");
    Repositories.write(repository.resolve("torch/1/model.pt"), "not a model");
    Repositories.write(repository.resolve("typo/config.yaml"), "versoin_policy: all\n");
    Repositories.write(repository.resolve("typo/1/model.onnx"), "");
    Repositories.write(repository.resolve("named/v1/model.onnx"), "");
    Repositories.write(repository.resolve("empty/1/notes.txt"), "");
    Repositories.drop(repository, "wrong", 1, "constant-version-1.onnx");
    Repositories.write(
        repository.resolve("wrong/samples/golden.json"),
        "{\"instances\": [[1, 2]], \"expected\": {\"outputs\": {\"version\": [7]}}}");
    Repositories.drop(repository, "garbled", 1, "constant-version-1.onnx");
    Repositories.write(repository.resolve("garbled/samples/half.json"), "{\"instances\": [[1,");
    Repositories.copy(
        RunningServer.CHECKOUT.resolve("model-repo/iris"), repository.resolve("flowers"));
    Repositories.write(repository.resolve("flowers/labels.txt"), "setosa\nversicolor\n");
    Repositories.write(repository.resolve("good/labels.txt"), "a\0b\n");

    Ended ended = validate(repository);

    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.output().lines().filter(line -> line.startsWith("problem: ")))
        .anySatisfy(line -> assertThat(line).contains("cut/1", "whole ONNX file"))
        .anySatisfy(line -> assertThat(line).contains("torch/1", "config.yaml", "inputs"))
        .anySatisfy(line -> assertThat(line).contains("typo/config.yaml", "version_policy"))
        .anySatisfy(line -> assertThat(line).contains("named", "v1"))
        .anySatisfy(line -> assertThat(line).contains("empty/1", "model.onnx"))
        .anySatisfy(
            line -> assertThat(line).contains("wrong/1", "golden.json", "expected 7, got 1"))
        .anySatisfy(
            line -> assertThat(line).contains("garbled/1", "half.json", "no JSON at line 1"))
        .anySatisfy(line -> assertThat(line).contains("flowers/1", "labels.txt names 2 classes"))
        .anySatisfy(line -> assertThat(line).contains("good/labels.txt:1", "U+0000"));
    assertThat(ended.output().lines().filter(line -> line.contains("versoin_policy"))).hasSize(1);
    assertThat(ended.output().lines().filter(line -> line.contains("whole ONNX file"))).hasSize(1);
    assertThat(ended.output()).contains("FAILED, see below");
    assertThat(ended.output()).doesNotContain("Exception", "\tat ");
  }

  @Test
  void modelThatTakesNoZeros_isToldAsUntriedUntilItHasASample() throws Exception {
    Path repository = temp.resolve("repository");
    Repositories.drop(repository, "untried", 1, "add-texts.onnx");
    Repositories.drop(repository, "tried", 1, "add-texts.onnx");
    Repositories.write(
        repository.resolve("tried/samples/one.json"),
        "{\"instances\": [{\"a\": [\"1\", \"2\"], \"b\": [\"3\", \"4\"]}]}");

    Ended ended = validate(repository);

    assertThat(ended.output()).contains("ok  a BYTES [-1, 2]", "models: 2, problems: 1");
    assertThat(ended.output()).doesNotContain("FAILED");
    assertThat(ended.output().lines().filter(line -> line.startsWith("problem: ")))
        .singleElement()
        .asString()
        .contains("untried/1: not tried", "zeros", "untried/samples/NAME.json");
    assertThat(ended.code()).isEqualTo(1);
  }

  @Test
  void aFolderThatIsNone_isOneLine() throws Exception {
    Ended ended = validate(temp.resolve("nothing"));

    assertThat(ended.code()).isNotZero();
    assertThat(ended.output().lines()).hasSize(1);
    assertThat(ended.output()).contains("nothing");
    assertThat(Files.exists(temp.resolve("nothing"))).isFalse();
  }

  @Test
  void aSignal_endsItAtOnce() throws Exception {
    Process process = builder(RunningServer.CHECKOUT.resolve("model-repo")).start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(lines.readLine()).startsWith("diabetes");
      // Not by the process itself, which would also close what it prints.
      process.toHandle().destroy();

      // To its own end it would print the line with the sum, and end with 0.
      assertThat(lines.lines().collect(Collectors.joining())).doesNotContain("models: 6");
      assertThat(process.waitFor()).isEqualTo(1);
    }
  }
}
