package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.repository.RepositoryScan.Snapshot;
import io.millrace.server.repository.VersionFolder.Unusable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a version's folder may hold, tried on real folders. */
final class VersionFolderScannerTest {
  private static final String ALLOW =
      "or set allow_links: true or --allow-links if you trust whoever makes links there";

  @TempDir private Path temp;

  private TestRepository files = new TestRepository(Path.of(""));

  @BeforeEach
  void open() throws IOException {
    files = new TestRepository(Files.createDirectory(temp.resolve("repo")));
  }

  @Test
  void versionWithoutOneModelFile_isUnusable() {
    files.folder("iris/1");
    files.write("iris/2/model.onnx", "");
    files.write("iris/2/model.pt", "");
    files.folder("iris/3/model.onnx");
    files.write("iris/4/iris.onnx", "");

    assertThat(faults())
        .containsExactly(
            "iris/1: holds neither model.onnx nor model.pt; put the model there by that name",
            "iris/2: holds model.onnx and model.pt; keep one; a version is one model",
            "iris/3: holds neither model.onnx nor model.pt; put the model there by that name",
            "iris/4: holds neither model.onnx nor model.pt, but 'iris.onnx'; put the model there by that"
                + " name");
  }

  @Test
  void linksInVersions_areUnusable() throws IOException {
    Path outside = Files.writeString(temp.resolve("outside"), "secret");
    files.folder("iris/1");
    Files.createSymbolicLink(files.path("iris/1/model.onnx"), outside);
    files.write("iris/2/model.onnx", "");
    files.folder("iris/2/data");
    Files.createSymbolicLink(files.path("iris/2/data/..data"), temp);
    files.write("iris/3/model.onnx", "");
    Files.createLink(files.path("iris/3/weights.bin"), outside);
    Files.createSymbolicLink(files.path("iris/4"), files.path("iris/2"));
    Files.createSymbolicLink(files.path("iris/5"), temp.resolve("nowhere"));

    assertThat(faults())
        .containsExactly(
            "iris/1: holds the symbolic link 'model.onnx'; put a copy of the file there, " + ALLOW,
            "iris/2: holds the symbolic link 'data/..data'; put a copy of the file there, " + ALLOW,
            "iris/3: holds 'weights.bin', which has 2 hard links; put a copy there, so that no"
                + " other name changes it",
            "iris/4: is a symbolic link; put the folder itself there, " + ALLOW,
            "iris/5: is a symbolic link; put the folder itself there, " + ALLOW);
  }

  @Test
  void pipeInVersion_isUnusableAndNeverOpened() throws IOException, InterruptedException {
    files.folder("iris/1");
    files.pipe("iris/1/model.onnx");

    assertThat(faults())
        .containsExactly(
            "iris/1: holds 'model.onnx', which is neither a file nor a folder; remove it");
  }

  @Test
  void deepVersion_isUnusable() {
    files.write("iris/1/model.onnx", "");
    files.write("iris/1/a/b/c/d/e/f/g/h/deep", "");
    files.write("iris/2/a/b/c/d/e/f/g/deep", "");
    files.write("iris/2/model.onnx", "");

    assertThat(faults())
        .containsExactly("iris/1: has folders more than 8 deep; keep the files higher up");
  }

  @Test
  void fingerprint_changesWithNamesSizesTimesAndFiles() throws IOException {
    files.write("iris/1/model.onnx", "a");
    String first = fingerprint();
    assertThat(fingerprint()).isEqualTo(first);

    files.append("iris/1/model.onnx", "b");
    String grown = fingerprint();
    files.write("iris/1/weights.bin", "");
    String more = fingerprint();
    files.move("iris/1/weights.bin", "iris/1/other.bin");
    String renamed = fingerprint();
    files.write("iris/1/copy", "ab");
    Files.setLastModifiedTime(
        files.path("iris/1/copy"), Files.getLastModifiedTime(files.path("iris/1/model.onnx")));
    files.delete("iris/1/model.onnx");
    files.move("iris/1/copy", "iris/1/model.onnx");

    assertThat(List.of(first, grown, more, renamed, fingerprint())).doesNotHaveDuplicates();
  }

  private List<VersionFolder> versions() {
    Snapshot snapshot =
        (Snapshot) new RepositoryScanner(files.path(""), new DiskFolderReader()).scan();
    return ((ModelScan.Folder) snapshot.models().get(0)).versions();
  }

  private String fingerprint() {
    return versions().get(0).fingerprint();
  }

  private List<String> faults() {
    return versions().stream()
        .filter(version -> version.contents() instanceof Unusable)
        .map(version -> ((Unusable) version.contents()).problem().toString())
        .toList();
  }
}
