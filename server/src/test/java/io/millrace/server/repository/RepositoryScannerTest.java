package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.Problem;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.repository.RepositoryScan.Snapshot;
import io.millrace.server.repository.VersionFolder.Usable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RepositoryScannerTest {
  @TempDir private Path temp;

  private final FaultyFolderReader folders = new FaultyFolderReader();
  private TestRepository files = new TestRepository(Path.of(""));
  private RepositoryScanner scanner = new RepositoryScanner(Path.of(""), folders);

  @BeforeEach
  void open() throws IOException {
    Path root = Files.createDirectory(temp.resolve("repo"));
    files = new TestRepository(root);
    scanner = new RepositoryScanner(root, folders);
  }

  @Test
  void modelsOfBothFormats_areRecognised() throws IOException {
    Path onnx = files.write("iris/1/model.onnx", "a");
    Path pt = files.write("iris/20/model.pt", "b");
    files.write("iris/20/notes.txt", "");
    files.write("iris/20/extra/weights.bin", "");

    ModelScan.Folder iris = model();

    assertThat(iris.model()).isEqualTo("iris");
    assertThat(iris.versions())
        .map(VersionFolder::contents)
        .containsExactly(
            new Usable(ModelFormat.ONNX, onnx.toRealPath()),
            new Usable(ModelFormat.TORCHSCRIPT, pt.toRealPath()));
    assertThat(iris.config()).isSameAs(ConfigFile.ABSENT);
  }

  @Test
  void thingsThatPeopleKeepBesideModels_areIgnored() {
    files.write("README.md", "");
    files.write("check.py", "");
    files.write(".git/HEAD", "");
    files.folder("lost+found");
    files.folder("__pycache__");
    files.folder("samples");
    files.write("iris/1/model.onnx", "");
    files.write("iris/README", "");
    files.write("iris/train.py", "");
    files.write("iris/samples/request.json", "");
    files.write("iris/__pycache__/train.pyc", "");
    files.write("iris/.cache/2/model.onnx", "");

    Snapshot snapshot = snapshot();

    assertThat(snapshot.models()).map(ModelScan::model).containsExactly("iris");
    assertThat(model().versions()).map(VersionFolder::number).containsExactly(1L);
    assertThat(snapshot.strays()).isEmpty();
    assertThat(model().strays()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"my model", "mod\u00e8le", "_x", "a+b", "-x", "bad\nname"})
  void folderThatIsNoModelName_isTold(String name) {
    files.write(name + "/1/model.onnx", "");

    assertThat(snapshot().models()).isEmpty();
    assertThat(snapshot().strays())
        .singleElement()
        .satisfies(p -> assertThat(p.toString()).hasLineCount(1))
        .extracting(Problem::remedy)
        .asString()
        .startsWith("a name is 1 to 128 letters");
  }

  @Test
  void folderWithTooLongAName_isTold() {
    files.folder("x".repeat(128));
    files.folder("y".repeat(200));

    assertThat(snapshot().models()).hasSize(1);
    assertThat(snapshot().strays())
        .singleElement()
        .extracting(Problem::fault)
        .isEqualTo("the folder '" + "y".repeat(128) + "...' is not a model");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"01", "0", "v2", "1 copy", "-1", "1.0", "+1", "1234567890123456789", "\u0661"})
  void folderThatIsNoVersionNumber_isTold(String name) {
    files.write("iris/" + name + "/model.onnx", "");
    files.write("iris/999999999999999999/model.onnx", "");

    assertThat(model().versions()).map(VersionFolder::number).containsExactly(999999999999999999L);
    assertThat(model().strays())
        .singleElement()
        .hasToString(
            "iris: the folder '%s' is not a version; name it by a whole number of 1 to 18 digits"
                    .formatted(name)
                + " without leading zeros, or begin its name with a dot");
  }

  @Test
  void filesThatMissTheirPlace_areTold() {
    files.write("iris/model.onnx", "");
    files.write("iris/config.yml", "");

    assertThat(model().strays())
        .map(Problem::toString)
        .containsExactly(
            "iris: 'config.yml' is not read; name it config.yaml",
            "iris: holds model.onnx outside of a version; move it into iris/1/");
  }

  @Test
  void otherLinks_areTold() throws IOException {
    files.write("iris/1/model.onnx", "");
    Files.createSymbolicLink(files.path("iris/latest"), files.path("iris/1"));
    Files.createSymbolicLink(files.path("copy"), files.path("iris"));
    Files.createSymbolicLink(files.path("bad name"), files.path("iris"));

    assertThat(((ModelScan.Folder) snapshot().models().get(1)).strays())
        .map(Problem::toString)
        .containsExactly(
            "iris: the symbolic link 'latest' is not followed; remove it; a label in config.yaml"
                + " can name a version");
    assertThat(snapshot().models().get(0))
        .hasToString(
            "Unreadable[model=copy, problem=copy: is a symbolic link; put the folder itself there,"
                + " or set allow_links: true or --allow-links; without it only the repository as a"
                + " whole may be a link]");
    assertThat(snapshot().strays()).hasSize(1);
  }

  @Test
  void configThatIsNoPlainFile_isBad() throws IOException, InterruptedException {
    files.folder("a/config.yaml");
    Files.createSymbolicLink(files.folder("b").resolve("config.yaml"), files.write("x", ""));
    files.folder("c");
    files.pipe("c/config.yaml");

    assertThat(snapshot().models())
        .map(model -> ((ModelScan.Folder) model).config().problems())
        .allSatisfy(
            problems ->
                assertThat(problems)
                    .singleElement()
                    .extracting(Problem::fault)
                    .isEqualTo("is not a plain file"));
  }

  @Test
  void unchangedConfig_isReadOnce() {
    files.write("iris/config.yaml", "instances: {count: 2}");
    ConfigFile first = model().config();

    assertThat(model().config()).isSameAs(first);
    assertThat(folders.reads).containsEntry("config.yaml", 1);
    files.write("iris/config.yaml", "instances: {count: 33}");
    assertThat(model().config().settings().config().instances().count()).isEqualTo(33);
    assertThat(folders.reads).containsOnlyKeys("config.yaml");
  }

  @Test
  void configThatCannotBeRead_isTriedAgain() {
    files.write("iris/config.yaml", "instances: {count: 2}");
    folders.faults.put("config.yaml", new AccessDeniedException("config.yaml"));
    assertThat(model().config().problems())
        .map(Problem::toString)
        .containsExactly(
            "iris/config.yaml: cannot be read: permission denied; mend that; until then what the"
                + " server knows of it stays in force");

    folders.faults.clear();
    assertThat(model().config().isGood()).isTrue();
  }

  @Test
  void missingRepository_isUnreadable() {
    files.delete("");

    assertThat(scanner.scan())
        .hasToString(
            "Unreadable[problem=repository '%s': does not exist; mend that; until then what the"
                    .formatted(files.path(""))
                + " server knows of it stays in force]");
  }

  @Test
  void fileInPlaceOfTheRepository_isUnreadable() {
    files.delete("");
    files.write("", "");

    assertThat(scanner.scan()).asString().contains("is not a folder");
  }

  @Test
  void repositoryBehindALink_isFollowed() throws IOException {
    files.write("iris/1/model.onnx", "");
    Path link = Files.createSymbolicLink(temp.resolve("link"), files.path(""));
    scanner = new RepositoryScanner(link, folders);
    assertThat(model().versions()).hasSize(1);

    files.delete("");
    assertThat(scanner.scan()).isInstanceOf(RepositoryScan.Unreadable.class);
  }

  @Test
  void folderThatFails_concernsOnlyItself() {
    files.write("iris/1/model.onnx", "");
    files.write("iris/2/model.onnx", "");
    files.write("wine/1/model.onnx", "");
    folders.faults.put("wine", new IOException("Input/output error"));
    folders.faults.put(
        "iris/2", new FileSystemException("/secret/iris/2", null, "Stale file handle"));

    assertThat(snapshot().models().get(1))
        .asString()
        .contains("wine: cannot be read: 'Input/output error'");
    assertThat(model().versions())
        .map(version -> version.contents().getClass().getSimpleName())
        .containsExactly("Usable", "Unreadable");
    assertThat(model().versions().get(1).contents())
        .asString()
        .contains("iris/2: cannot be read: 'Stale file handle'")
        .doesNotContain("/secret");
  }

  @Test
  void emptyRepository_isKnownFromOneWithoutModels() {
    assertThat(snapshot().empty()).isTrue();
    files.folder("lost+found");
    files.write(".keep", "");
    assertThat(snapshot().empty()).isTrue();
    files.write("README", "");
    assertThat(snapshot().empty()).isFalse();
  }

  private Snapshot snapshot() {
    return (Snapshot) scanner.scan();
  }

  private ModelScan.Folder model() {
    return (ModelScan.Folder) snapshot().models().get(0);
  }
}
