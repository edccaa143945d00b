package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.repository.VersionFolder.Usable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A push that is killed leaves nothing that a scan sees, and nothing at all after the next push.
 */
@Timeout(120)
final class KilledPushTest {
  /** Some more than sixteen buffers, and so as many places to be killed at amid a file. */
  private static final int MODEL_BYTES = (16 << 20) + 10;

  @TempDir private Path temp;

  @Test
  void killAtEachStep_leavesNothingOrAWholeVersion() throws Exception {
    Path source = Files.createDirectory(temp.resolve("source"));
    Files.write(source.resolve("model.onnx"), new byte[MODEL_BYTES]);
    Files.writeString(source.resolve("weights.bin"), "ww");
    Path repository = Files.createDirectory(temp.resolve("repo"));
    int kills = 0;
    while (!pushed(repository, source, kills)) {
      kills++;
      assertThat(versions(repository)).isEmpty();
      assertThat(list(repository.resolve("iris"))).hasSize(1);
    }

    assertThat(kills).isGreaterThanOrEqualTo(20);
    assertThat(versions(repository)).hasSize(1).allMatch(VersionFolder::isWhole);
    assertThat(list(repository.resolve("iris"))).containsExactly("1");
    assertThat(list(repository.resolve("iris/1")))
        .containsExactly("manifest.json", "model.onnx", "weights.bin");
  }

  @Test
  void nextPush_removesWhatAKilledOneLeft() throws Exception {
    Path source = Files.createDirectory(temp.resolve("source"));
    Files.writeString(source.resolve("model.onnx"), "model");
    Path repository = Files.createDirectory(temp.resolve("repo"));
    assertThat(pushed(repository, source, 1)).isFalse();
    assertThat(list(repository.resolve("iris")))
        .singleElement()
        .asString()
        .startsWith(".incoming-");

    new ModelPush(new RepositoryOptions(repository, Duration.ofSeconds(1), true), () -> false)
        .push(new ModelPush.Order(source, "iris", OptionalLong.empty()));

    assertThat(list(repository.resolve("iris"))).containsExactly("1");
  }

  /** Whether it came to its end; otherwise it was killed. */
  private static boolean pushed(Path repository, Path source, int step) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "-XX:TieredStopAtLevel=1",
                KilledPush.class.getName(),
                repository.toString(),
                source.toString(),
                Integer.toString(step))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    assertThat(code).as(output).isIn(0, 128 + 9);
    return code == 0;
  }

  private static List<VersionFolder> versions(Path repository) {
    RepositoryScan.Snapshot snapshot =
        (RepositoryScan.Snapshot) new RepositoryScanner(repository, new DiskFolderReader()).scan();
    List<VersionFolder> versions = ((ModelScan.Folder) snapshot.models().get(0)).versions();
    assertThat(versions).allMatch(version -> version.contents() instanceof Usable);
    return versions;
  }

  private static List<String> list(Path folder) throws IOException {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }
}
