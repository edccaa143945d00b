package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModelPushTest {
  private static final Manifest MANIFEST =
      Manifests.of("model.onnx", "model", "data/weights.bin", "ww");

  @TempDir private Path temp;

  private TestRepository files = new TestRepository(Path.of(""));
  private Path folder = Path.of("");

  @BeforeEach
  void open() throws IOException {
    files = new TestRepository(Files.createDirectory(temp.resolve("repo")));
    TestRepository source = new TestRepository(temp.resolve("source"));
    source.write("model.onnx", "model");
    source.write("data/weights.bin", "ww");
    folder = source.path("");
  }

  @Test
  void folder_becomesAVersionWithItsManifest() throws IOException {
    ModelPush.Pushed pushed = push(folder, "iris", OptionalLong.empty());

    assertThat(pushed.folder()).isEqualTo(files.path("iris/1").toRealPath());
    assertThat(pushed.digest()).isEqualTo(MANIFEST.digest());
    assertThat(everything())
        .containsExactly("iris/1/data/weights.bin", "iris/1/manifest.json", "iris/1/model.onnx");
    assertThat(files.path("iris/1/manifest.json")).hasBinaryContent(MANIFEST.toBytes());
  }

  @Test
  void file_becomesAVersionByItsEnding() throws IOException {
    Path onnx = Files.writeString(temp.resolve("resnet-50.onnx"), "o");
    Path pt = Files.writeString(temp.resolve("best.pt"), "p");

    push(onnx, "iris", OptionalLong.empty());
    push(pt, "iris", OptionalLong.empty());

    assertThat(everything())
        .containsExactly(
            "iris/1/manifest.json", "iris/1/model.onnx", "iris/2/manifest.json", "iris/2/model.pt");
  }

  @Test
  void withoutANumber_itIsOneMoreThanTheHighestOfAnyKind() throws IOException {
    files.write("iris/2/model.onnx", "");
    files.write("iris/10", "a file in the way");
    files.write("iris/v99/model.onnx", "");

    assertThat(push(folder, "iris", OptionalLong.empty()).folder().getFileName()).hasToString("11");
    assertThat(push(folder, "iris", OptionalLong.of(3)).folder().getFileName()).hasToString("3");
  }

  @Test
  void versionThatExists_isRefusedAndLeftAlone() throws IOException {
    files.write("iris/3/model.onnx", "old");

    assertThatThrownBy(() -> push(folder, "iris", OptionalLong.of(3)))
        .hasMessage(
            "iris/3 exists already; a version never changes: leave --version out for the next"
                + " number");
    assertThat(everything()).containsExactly("iris/3/model.onnx");
  }

  @Test
  void whatAServerWouldRefuse_isRefusedAndLeavesNothing() throws IOException {
    Path notes = Files.writeString(temp.resolve("notes.txt"), "");
    Path empty = Files.createDirectory(temp.resolve("empty"));
    Files.createSymbolicLink(folder.resolve("link"), notes);

    assertRefused(notes, "notes.txt: is no model by its name; name a file that ends with .onnx");
    assertRefused(empty, "empty: holds neither model.onnx nor model.pt");
    assertRefused(folder, "source: holds the symbolic link 'link'; put a copy of the file there");
    assertRefused(temp.resolve("none"), "none: does not exist");
    assertThatThrownBy(() -> push(notes, "bad name", OptionalLong.empty()))
        .hasMessageStartingWith("--model is 'bad name'; allowed: a name is 1 to 128 letters");
    assertThatThrownBy(() -> push(notes, "iris", OptionalLong.of(0)))
        .hasMessageStartingWith("--version is 0; allowed: a whole number from 1 to 9");
    assertThat(everything()).isEmpty();
    assertThat(files.path("iris")).doesNotExist();
  }

  private void assertRefused(Path source, String message) {
    assertThatThrownBy(() -> push(source, "iris", OptionalLong.empty()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }

  @Test
  void linksThatAreAllowed_arePushedAsWhatTheyLeadTo() throws IOException {
    Files.createSymbolicLink(folder.resolve("more.bin"), folder.resolve("data/weights.bin"));
    RepositoryOptions options =
        new RepositoryOptions(files.path(""), Duration.ofSeconds(1), true, false, true);

    new ModelPush(options, () -> false)
        .push(new ModelPush.Order(folder, "iris", OptionalLong.empty()));

    assertThat(files.path("iris/1/more.bin")).isRegularFile().hasContent("ww");
    assertThat(Files.isSymbolicLink(files.path("iris/1/more.bin"))).isFalse();
  }

  @Test
  void folderThatIsNotAsItsManifestSays_isRefused() throws IOException {
    Files.write(folder.resolve("manifest.json"), MANIFEST.toBytes());
    push(folder, "iris", OptionalLong.empty());
    Files.writeString(folder.resolve("model.onnx"), "mODEL");

    assertRefused(folder, "source: 'model.onnx' has sha256 ");
    assertThat(everything()).hasSize(3);
  }

  @Test
  void pushThatIsStoppedAnywhere_leavesNothing() {
    AtomicInteger asked = new AtomicInteger();
    int steps = 0;
    boolean done = false;
    while (!done) {
      int last = steps++;
      asked.set(0);
      try {
        push(() -> asked.getAndIncrement() == last);
        done = true;
      } catch (IOException e) {
        assertThat(e).hasMessage("stopped before the version was complete; nothing was added");
        assertThat(everything()).isEmpty();
        assertThat(files.path("iris")).doesNotExist();
      }
    }

    assertThat(steps).isGreaterThan(5);
    assertThat(everything()).hasSize(3);
  }

  @Test
  void pushesAtATime_takeNumbersOfTheirOwn() throws Exception {
    int pushes = 8;
    ExecutorService threads = Executors.newFixedThreadPool(pushes);
    List<Future<ModelPush.Pushed>> running = new ArrayList<>();
    for (int i = 0; i < pushes; i++) {
      running.add(threads.submit(() -> push(folder, "iris", OptionalLong.empty())));
    }
    for (Future<ModelPush.Pushed> push : running) {
      push.get();
    }
    threads.shutdown();

    assertThat(everything())
        .hasSize(3 * pushes)
        .contains("iris/1/manifest.json", "iris/8/model.onnx");
  }

  @Test
  void whatKilledPushesLeft_isRemoved() throws IOException {
    files.write("iris/.incoming-123-abc/model.onnx", "half");
    files.write("iris/.incoming-123-abc/manifest.json", "");
    files.folder("iris/.incoming-4-0");

    push(folder, "iris", OptionalLong.empty());

    assertThat(everything()).hasSize(3).allMatch(path -> path.startsWith("iris/1/"));
    assertThat(files.path("iris/.incoming-4-0")).doesNotExist();
  }

  @Test
  void whatIsOfNoKilledPush_isLeftAlone() throws IOException {
    files.write("iris/.incoming/model.onnx", "someone's");
    files.write("iris/.incoming-mine/model.onnx", "someone's");
    // Without a manifest to lock, nobody can tell whether it is dead.
    files.write("iris/.incoming-1-a/model.onnx", "young");
    files.write("iris/.incoming-1-b/model.onnx", "old");
    Instant old = Instant.now().minus(Duration.ofHours(2));
    for (String name : List.of("iris/.incoming-1-b/model.onnx", "iris/.incoming-1-b")) {
      Files.setLastModifiedTime(files.path(name), FileTime.from(old));
    }

    push(folder, "iris", OptionalLong.empty());

    assertThat(everything())
        .filteredOn(path -> path.contains(".incoming"))
        .containsExactly(
            "iris/.incoming-1-a/model.onnx",
            "iris/.incoming-mine/model.onnx",
            "iris/.incoming/model.onnx");
  }

  @Test
  void pushThatLives_isNotCleanedAway() throws IOException {
    try (IncomingFolder other = IncomingFolder.in(files.folder("iris"), () -> false)) {
      push(folder, "iris", OptionalLong.empty());

      other.complete();
      other.moveTo(files.path("iris/7"));
    }
    assertThat(everything()).hasSize(4).contains("iris/7/manifest.json");
  }

  private ModelPush.Pushed push(Path source, String model, OptionalLong version)
      throws IOException {
    return new ModelPush(options(), () -> false).push(new ModelPush.Order(source, model, version));
  }

  private void push(java.util.function.BooleanSupplier cancelled) throws IOException {
    var unused =
        new ModelPush(options(), cancelled)
            .push(new ModelPush.Order(folder, "iris", OptionalLong.empty()));
  }

  private RepositoryOptions options() {
    return new RepositoryOptions(files.path(""), Duration.ofSeconds(1), true);
  }

  private List<String> everything() {
    try (Stream<Path> paths = Files.walk(files.path(""))) {
      return paths
          .filter(Files::isRegularFile)
          .map(path -> files.path("").relativize(path).toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
