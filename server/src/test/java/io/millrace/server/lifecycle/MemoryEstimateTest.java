package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.VersionArtifact;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MemoryEstimateTest {
  @TempDir private Path version;

  private void write(String name, int bytes) throws IOException {
    Path file = version.resolve(name);
    Files.createDirectories(file.resolveSibling(""));
    Files.write(file, new byte[bytes]);
  }

  private long estimate() {
    return MemoryEstimate.of(
        new VersionArtifact(
            Wishes.id(1),
            ModelFormat.ONNX,
            version.resolve("model.onnx"),
            ModelConfig.DERIVED,
            "a"));
  }

  @Test
  void weightsInOtherFiles_count() throws IOException {
    write("model.onnx", 1_000);
    long alone = estimate();
    write("weights/part-0", 5_000_000);
    assertThat(estimate() - alone).isBetween(5_000_000L, 10_000_000L);
  }

  @Test
  void samples_doNotCount() throws IOException {
    write("model.onnx", 1_000);
    long alone = estimate();
    write("samples/large.json", 5_000_000);
    assertThat(estimate()).isEqualTo(alone);
  }

  @Test
  void folderThatIsGone_countsAsAnEmptyOne() throws IOException {
    long empty = estimate();
    Files.delete(version);
    assertThat(estimate()).isEqualTo(empty).isPositive();
    Files.createDirectory(version);
  }
}
