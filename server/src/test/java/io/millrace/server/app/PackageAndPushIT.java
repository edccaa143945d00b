package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code millrace package} and {@code millrace push} as a person types them. */
final class PackageAndPushIT {
  private static final Path ONE = Repositories.FIXTURES.resolve("constant-version-1.onnx");

  @TempDir private Path temp;

  @BeforeEach
  void makeRepository() throws IOException {
    Files.createDirectory(temp.resolve("repo"));
    Files.copy(ONE, temp.resolve("one.onnx"));
  }

  @Test
  void push_printsTheVersionThatItMadeAndItsDigest() throws Exception {
    Shell.Ended first = millrace("push one.onnx --model tiny repo");
    Shell.Ended second = millrace("push one.onnx --model tiny repo --version 7");
    Shell.Ended third = millrace("push --model tiny one.onnx repo");

    assertThat(first.err()).isEmpty();
    assertThat(first.exitCode()).isZero();
    assertThat(first.out()).matches("repo/tiny/1  sha256:[0-9a-f]{64}\n");
    assertThat(second.out()).isEqualTo(first.out().replace("/1 ", "/7 "));
    assertThat(third.out()).isEqualTo(first.out().replace("/1 ", "/8 "));
    assertThat(list(temp.resolve("repo/tiny"))).containsExactly("1", "7", "8");
    assertThat(list(temp.resolve("repo/tiny/8"))).containsExactly("manifest.json", "model.onnx");
  }

  @Test
  void package_writesTheSameManifestAndSaysTheSameTwice() throws Exception {
    String pushed = millrace("push one.onnx --model tiny repo").out();
    byte[] manifest = Files.readAllBytes(temp.resolve("repo/tiny/1/manifest.json"));
    Files.delete(temp.resolve("repo/tiny/1/manifest.json"));

    assertThat(millrace("package repo/tiny/1").out()).isEqualTo(pushed);
    assertThat(temp.resolve("repo/tiny/1/manifest.json")).hasBinaryContent(manifest);
    assertThat(millrace("package repo").out()).isEqualTo(pushed);
  }

  @Test
  void whatIsRefused_isToldOnOneLineWithExitCode1() throws Exception {
    millrace("push one.onnx --model tiny repo");
    Files.writeString(temp.resolve("notes.txt"), "");
    Files.createDirectories(temp.resolve("repo/tiny/2"));

    assertRefused("push one.onnx --model tiny --version 1 repo", "tiny/1 exists already");
    assertRefused("push notes.txt --model tiny repo", "notes.txt: is no model by its name");
    assertRefused("push none.onnx --model tiny repo", "none.onnx: does not exist");
    assertRefused("push one.onnx --model ../tiny repo", "--model is '../tiny'; allowed:");
    assertRefused("package repo/tiny/2", "repo/tiny/2: holds neither a model nor versions");
    assertRefused("package nothing", "nothing: is not a folder");
    assertThat(list(temp.resolve("repo/tiny"))).containsExactly("1", "2");
  }

  private void assertRefused(String command, String message) throws Exception {
    Shell.Ended ended = millrace(command);

    assertThat(ended.exitCode()).as(command).isEqualTo(Main.EXIT_FAILURE);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err()).startsWith("millrace: ").contains(message).hasLineCount(1);
  }

  @Test
  void versionThatIsRefused_keepsNoOtherFromBeingPackaged() throws Exception {
    Repositories.drop(temp.resolve("repo"), "tiny", 1, "constant-version-1.onnx");
    Repositories.drop(temp.resolve("repo"), "tiny", 2, "constant-version-2.onnx");
    Files.createSymbolicLink(temp.resolve("repo/tiny/1/link"), temp);

    Shell.Ended ended = millrace("package repo/tiny");

    assertThat(ended.exitCode()).isEqualTo(Main.EXIT_FAILURE);
    assertThat(ended.err()).contains("repo/tiny/1: holds the symbolic link 'link'").hasLineCount(1);
    assertThat(ended.out()).startsWith("repo/tiny/2  sha256:").hasLineCount(1);
  }

  @Test
  void commandsThatLackSomething_endWithTheirUsage() throws Exception {
    Shell.Ended noModel = millrace("push one.onnx repo");
    Shell.Ended noFolder = millrace("package");
    Shell.Ended noRepository = millrace("push one.onnx --model tiny elsewhere");

    assertThat(noModel.exitCode()).isEqualTo(Main.EXIT_USAGE);
    assertThat(noModel.err()).contains("--model", "Usage: millrace push");
    assertThat(noFolder.exitCode()).isEqualTo(Main.EXIT_USAGE);
    assertThat(noFolder.err()).contains("DIR", "Usage: millrace package");
    assertThat(noRepository.exitCode()).isEqualTo(Main.EXIT_USAGE);
    assertThat(noRepository.err()).contains("REPO is 'elsewhere'; allowed: a folder that exists");
  }

  @Test
  void help_isShownForBoth() throws Exception {
    for (String verb : List.of("push", "package")) {
      Shell.Ended ended = millrace(verb + " --help");

      assertThat(ended.exitCode()).isZero();
      assertThat(ended.out()).startsWith("Usage: millrace " + verb).contains("--help");
    }
  }

  @Test
  void validate_findsBytesThatAreNotTheManifests() throws Exception {
    millrace("push one.onnx --model tiny repo");
    assertThat(millrace("validate repo").out()).contains("problems: 0");
    Path model = temp.resolve("repo/tiny/1/model.onnx");
    byte[] bytes = Files.readAllBytes(model);
    bytes[bytes.length / 2] ^= 1;
    Files.write(model, bytes);

    Shell.Ended ended = millrace("validate repo");

    assertThat(ended.exitCode()).isEqualTo(Main.EXIT_FAILURE);
    assertThat(ended.out()).contains("'model.onnx' has sha256 ", "but manifest.json says ");
  }

  private Shell.Ended millrace(String command) throws Exception {
    return new Shell(temp).run(RunningServer.DISTRIBUTION.resolve("millrace") + " " + command);
  }

  private static List<String> list(Path folder) throws IOException {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }
}
