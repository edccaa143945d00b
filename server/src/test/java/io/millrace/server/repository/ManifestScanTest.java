package io.millrace.server.repository;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.BrokenVersion;
import io.millrace.server.model.DesiredVersions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a manifest changes for a scan, on real folders and an own clock. */
final class ManifestScanTest {
  private static final String MODEL = "m".repeat(1_000);
  private static final Manifest MANIFEST =
      Manifests.of("model.onnx", MODEL, "data/weights.bin", "ww");

  @TempDir private Path temp;

  private final List<String> wishes = new ArrayList<>();
  private final List<DesiredVersions> newest = new ArrayList<>();
  private final FaultyFolderReader folders = new FaultyFolderReader();
  private TestRepository files = new TestRepository(Path.of(""));
  private Instant now = Instant.now();
  private ScanRound round = round(Path.of(""), ManifestRule.OPTIONAL);

  /** In which order a copy brings files. */
  private enum Order {
    MANIFEST_FIRST,
    MANIFEST_LAST,
    NO_MANIFEST
  }

  @BeforeEach
  void open() throws IOException {
    Path root = Files.createDirectory(temp.resolve("repo"));
    files = new TestRepository(root);
    files.write("wine/1/model.onnx", "old");
    // A model is known here already: of a new one the config.yaml, or that there is none, settles.
    files.folder("iris");
    files.date(now.minusSeconds(60));
    round = round(root, ManifestRule.OPTIONAL);
    assertThat(scan()).containsExactly("wine [1]");
  }

  @Test
  void versionWithItsManifest_isWantedAtTheFirstScan() {
    writeVersion("iris/1");
    manifest("iris/1", MANIFEST);

    assertThat(scan()).containsExactly("iris [1]");
    assertThat(scan()).isEmpty();
  }

  @Test
  void unchangedManifest_isReadOnce() {
    writeVersion("iris/1");
    manifest("iris/1", MANIFEST);
    scan();
    scan();
    scan();

    assertThat(folders.reads).containsEntry("manifest.json", 1);
  }

  @Test
  void manifestThatIsBeingWritten_isNoFileOfTheVersion() {
    writeVersion("iris/1");
    manifest("iris/1", MANIFEST);
    scan();
    files.write("iris/1/.manifest.json-4711", "{");

    assertThat(scan()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void copyAtAHundredOffsets_isNeverWantedBeforeItIsWhole(Order order) {
    if (order == Order.MANIFEST_FIRST) {
      manifest("iris/1", MANIFEST);
    }
    files.write("iris/1/data/weights.bin", "ww");
    for (int bytes = 0; bytes < MODEL.length(); bytes += MODEL.length() / 100) {
      files.write("iris/1/model.onnx", MODEL.substring(0, bytes));
      assertThat(scan()).as("with %d bytes", bytes).isEmpty();
    }
    files.write("iris/1/model.onnx", MODEL);
    if (order == Order.NO_MANIFEST) {
      assertThat(scan()).isEmpty();
    } else {
      manifest("iris/1", MANIFEST);
    }

    assertThat(scan()).containsExactly("iris [1]");
  }

  @Test
  void copyThatStalls_isWaitedForAndThenToldWithWhatItLacks() {
    manifest("iris/1", MANIFEST);
    files.write("iris/1/data/weights.bin", "ww");
    files.write("iris/1/model.onnx", MODEL.substring(500));
    assertThat(scan()).isEmpty();
    assertThat(scan()).isEmpty();

    now = now.plusSeconds(60);
    scan();
    assertThat(scan()).isEmpty();
    assertThat(broken())
        .containsExactly(
            "iris/1: 'model.onnx' has 500 bytes, but manifest.json says 1000; finish the copy, or"
                + " push the version anew");

    files.write("iris/1/model.onnx", MODEL);
    assertThat(scan()).containsExactly("iris [1]");
  }

  @Test
  void fileThatIsLacking_isNamed() {
    manifest("iris/1", MANIFEST);
    files.write("iris/1/model.onnx", MODEL);
    now = now.plusSeconds(60);
    scan();
    scan();

    assertThat(broken())
        .containsExactly(
            "iris/1: lacks 'data/weights.bin', which manifest.json names; finish the copy, or push"
                + " the version anew");
  }

  @Test
  void fileThatTheManifestDoesNotName_isRefusedByName() {
    writeVersion("iris/1");
    files.write("iris/1/extra.txt", "x");
    manifest("iris/1", MANIFEST);
    scan();
    scan();

    assertThat(broken())
        .containsExactly(
            "iris/1: holds 'extra.txt', which manifest.json does not name; remove it, or delete"
                + " manifest.json and package the version anew");
  }

  @Test
  void fileThatIsTooLong_isRefusedWithBothSizes() {
    writeVersion("iris/1");
    files.append("iris/1/data/weights.bin", "more");
    manifest("iris/1", MANIFEST);
    scan();
    scan();

    assertThat(broken())
        .containsExactly(
            "iris/1: 'data/weights.bin' has 6 bytes, but manifest.json says 2; copy the file"
                + " again");
  }

  @Test
  void versionThatServes_isNotLostWhileItsFilesAreReplaced() {
    writeVersion("iris/1");
    manifest("iris/1", MANIFEST);
    scan();
    files.delete("iris/1/model.onnx");
    assertThat(scan()).isEmpty();
    files.write("iris/1/model.onnx", MODEL);

    // The same content, which who serves it finds out.
    assertThat(scan()).containsExactly("iris [1]");
  }

  @Test
  void brokenManifest_isToldWithItsPlace() {
    writeVersion("iris/1");
    byte[] whole = MANIFEST.toBytes();
    files.write("iris/1/manifest.json", new String(Arrays.copyOf(whole, 40), UTF_8));
    scan();
    scan();

    assertThat(broken())
        .singleElement()
        .asString()
        .startsWith("iris/1/manifest.json:4: is not whole JSON: Unexpected end-of-input");
  }

  @Test
  void strictServer_servesNothingWithoutAManifestAndSaysSo() {
    round = round(files.path(""), ManifestRule.DEMANDED);
    writeVersion("iris/1");
    assertThat(scan()).containsExactly("wine [] broken [1]");
    assertThat(scan()).containsExactly("iris [] broken [1]");
    assertThat(broken())
        .last()
        .isEqualTo(
            "iris/1: has no manifest.json, which strict_manifest demands; write it by 'millrace"
                + " package', or bring the version by 'millrace push'");

    manifest("iris/1", MANIFEST);
    assertThat(scan()).containsExactly("iris [1]");
  }

  private void writeVersion(String folder) {
    files.write(folder + "/model.onnx", MODEL);
    files.write(folder + "/data/weights.bin", "ww");
  }

  private void manifest(String folder, Manifest manifest) {
    files.write(folder + "/manifest.json", Manifests.text(manifest));
  }

  private List<String> scan() {
    wishes.clear();
    round.run();
    return List.copyOf(wishes);
  }

  /** What the last wish that named broken versions said of them. */
  private List<String> broken() {
    return newest.stream()
        .flatMap(wish -> wish.broken().stream())
        .map(BrokenVersion::problem)
        .map(Throwable::getMessage)
        .toList();
  }

  private ScanRound round(Path root, ManifestRule rule) {
    return new ScanRound(
        new RepositoryScanner(root, folders, rule),
        new ScanPolicy(new ModelPolicy(new WishPolicy(true))),
        () -> now,
        new ScanRound.Outlet(this::take, () -> {}));
  }

  private void take(DesiredVersions wish) {
    newest.add(wish);
    List<Long> candidates = wish.candidates().stream().map(a -> a.id().version()).toList();
    List<Long> broken = wish.broken().stream().map(b -> b.id().version()).toList();
    String words = wish.model() + " " + candidates;
    wishes.add(broken.isEmpty() ? words : words + " broken " + broken);
  }
}
