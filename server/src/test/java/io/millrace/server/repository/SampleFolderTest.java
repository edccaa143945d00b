package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.VersionArtifact;
import io.millrace.server.repository.SampleFolder.SampleFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SampleFolderTest {
  @TempDir private Path model;

  private final SampleFolder folder = new SampleFolder();

  private Path write(String name, int bytes) throws IOException {
    Path file = model.resolve(name);
    Files.createDirectories(file.resolveSibling(""));
    return Files.write(file, new byte[bytes]);
  }

  private List<SampleFile> files() {
    return folder.files(
        new VersionArtifact(
            new ModelVersionId("iris", 2),
            ModelFormat.ONNX,
            model.resolve("2/model.onnx"),
            ModelConfig.DERIVED,
            "a"));
  }

  @Test
  void samplesOfTheVersionAndBesideIt_areFound() throws IOException {
    write("2/model.onnx", 1);
    write("samples/b.json", 1);
    write("samples/a.json", 1);
    write("2/samples/c.json", 1);
    write("1/samples/other.json", 1);
    assertThat(files())
        .extracting(SampleFile::name)
        .containsExactly("samples/a.json", "samples/b.json", "2/samples/c.json");
    assertThat(files())
        .extracting(SampleFile::belongsToVersion)
        .containsExactly(false, false, true);
  }

  @Test
  void noFolder_isNoSample() throws IOException {
    write("2/model.onnx", 1);
    assertThat(files()).isEmpty();
  }

  @Test
  void whatIsNoJsonFile_isIgnored() throws IOException {
    write("2/samples/digit.png", 1);
    write("2/samples/.hidden.json", 1);
    Files.createDirectories(model.resolve("2/samples/folder.json"));
    Files.createSymbolicLink(model.resolve("2/samples/link.json"), write("outside", 1));
    Files.createSymbolicLink(model.resolve("samples"), model.resolve("2/samples"));
    assertThat(files()).isEmpty();
  }

  @Test
  void tooMany_areRefusedWithTheLimit() throws IOException {
    write("2/model.onnx", 1);
    for (int i = 0; i <= SampleFolder.MAX_FILES; i++) {
      write("2/samples/%d.json".formatted(i), 1);
    }
    assertThatThrownBy(this::files).hasMessageContainingAll("2/samples holds 101", "100 of 32 MiB");
  }

  @Test
  void tooLarge_isRefusedWithTheLimit() throws IOException {
    write("2/model.onnx", 1);
    write("2/samples/large.json", SampleFolder.MAX_BYTES + 1);
    assertThatThrownBy(() -> folder.read(files().get(0)))
        .hasMessageContainingAll("'2/samples/large.json'", "4 MiB");
  }

  @Test
  void contentOfTheLargest_isRead() throws IOException {
    write("2/model.onnx", 1);
    write("2/samples/large.json", SampleFolder.MAX_BYTES);
    assertThat(folder.read(files().get(0))).hasSize(SampleFolder.MAX_BYTES);
  }
}
