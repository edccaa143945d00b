package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VersionPackagerTest {
  private static final Manifest MANIFEST =
      Manifests.of("model.onnx", "model", "data/weights.bin", "ww");

  @TempDir private Path root;

  private TestRepository files = new TestRepository(Path.of(""));

  @BeforeEach
  void open() {
    files = new TestRepository(root);
    files.write("iris/1/model.onnx", "model");
    files.write("iris/1/data/weights.bin", "ww");
  }

  @Test
  void version_getsItsManifestAndNothingElse() throws IOException {
    assertThat(pack("iris/1")).isEqualTo(MANIFEST.digest());

    assertThat(files.path("iris/1/manifest.json")).hasBinaryContent(MANIFEST.toBytes());
    assertThat(files.path("iris/1")).isDirectoryNotContaining("glob:**.manifest*");
  }

  @Test
  void secondTime_changesNothing() throws IOException {
    pack("iris/1");
    FileTime written = Files.getLastModifiedTime(files.path("iris/1/manifest.json"));
    Object key = Files.getAttribute(files.path("iris/1/manifest.json"), "fileKey");

    assertThat(pack("iris/1")).isEqualTo(MANIFEST.digest());
    assertThat(Files.getLastModifiedTime(files.path("iris/1/manifest.json"))).isEqualTo(written);
    assertThat(Files.getAttribute(files.path("iris/1/manifest.json"), "fileKey")).isEqualTo(key);
  }

  @Test
  void filesOtherThanTheManifestSays_areRefused() throws IOException {
    pack("iris/1");
    files.write("iris/1/data/weights.bin", "vv");
    assertThatThrownBy(() -> pack("iris/1"))
        .hasMessageContaining("iris/1: 'data/weights.bin' has sha256 ")
        .hasMessageContaining("but manifest.json says ");

    files.write("iris/1/extra", "");
    assertThatThrownBy(() -> pack("iris/1"))
        .hasMessageContaining("holds 'extra', which manifest.json does not name");
    assertThat(files.path("iris/1/manifest.json")).hasBinaryContent(MANIFEST.toBytes());
  }

  @Test
  void whatAServerWouldRefuse_isRefused() throws IOException {
    files.folder("iris/2");
    files.write("iris/3/model.onnx", "");
    Files.createSymbolicLink(files.path("iris/3/link"), files.path("iris/1"));
    files.write("iris/4/model.onnx", "");
    files.write("iris/4/back\\slash", "");

    assertThatThrownBy(() -> pack("iris/2")).hasMessageContaining("holds neither model.onnx nor");
    assertThatThrownBy(() -> pack("iris/3")).hasMessageContaining("the symbolic link 'link'");
    assertThatThrownBy(() -> pack("iris/4"))
        .hasMessageContaining("'back\\slash' has a character that is not allowed; rename it");
    assertThat(files.path("iris/4/manifest.json")).doesNotExist();
  }

  @Test
  void whatAKilledPackageLeft_isRemoved() throws IOException {
    files.write("iris/1/.manifest.json-4711", "{");

    assertThat(pack("iris/1")).isEqualTo(MANIFEST.digest());
    assertThat(files.path("iris/1/.manifest.json-4711")).doesNotExist();
  }

  @Test
  void modelsAndRepositories_meanAllOfTheirVersions() throws IOException {
    files.write("iris/10/model.onnx", "");
    files.write("iris/9/model.onnx", "");
    files.write("iris/samples/request.json", "");
    files.write("wine/1/model.onnx", "");
    files.folder(".git/1");

    assertThat(VersionPackager.versionsIn(files.path("iris/1")))
        .containsExactly(files.path("iris/1"));
    assertThat(VersionPackager.versionsIn(files.path("iris")))
        .containsExactly(files.path("iris/1"), files.path("iris/9"), files.path("iris/10"));
    assertThat(VersionPackager.versionsIn(root)).hasSize(4).endsWith(files.path("wine/1"));
    assertThatThrownBy(() -> VersionPackager.versionsIn(files.path("iris/samples")))
        .hasMessageEndingWith(
            "samples: holds neither a model nor versions; name the folder of a version, a model or"
                + " a repository");
    assertThatThrownBy(() -> VersionPackager.versionsIn(files.path("none")))
        .hasMessageContaining("none: is not a folder");
  }

  private String pack(String folder) throws IOException {
    return new VersionPackager(new RepositoryOptions(root, Duration.ofSeconds(1), true))
        .pack(files.path(folder));
  }
}
