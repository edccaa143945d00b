package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which bytes are let into memory, tried on real folders. */
final class VerifiedLoaderTest {
  private static final Manifest MANIFEST = Manifests.of("model.onnx", "model", "weights.bin", "ww");

  @TempDir private Path temp;

  private final FaultyFolderReader folders = new FaultyFolderReader();
  private final ReadingLoader engine = new ReadingLoader();
  private final List<String> unvouched = new ArrayList<>();
  private TestRepository files = new TestRepository(Path.of(""));
  private VerifiedLoader loader = loader(Path.of(""));

  @BeforeEach
  void open() throws IOException {
    Path root = Files.createDirectory(temp.resolve("repo"));
    files = new TestRepository(root);
    loader = loader(root);
    files.write("iris/1/model.onnx", "model");
    files.write("iris/1/weights.bin", "ww");
  }

  @Test
  void versionWithoutManifest_hasTheDigestThatItsManifestWouldHave() {
    Servable servable = loader.load(scanned());

    assertThat(servable.engine()).isEqualTo("model+ww");
    assertThat(servable.digest()).isEqualTo(MANIFEST.digest());
    assertThat(unvouched).containsExactly("iris/1");
  }

  @Test
  void versionThatIsAsItsManifestSays_isLoadedAsOneThatSomebodyVouchesFor() {
    files.write("iris/1/manifest.json", Manifests.text(MANIFEST));

    assertThat(loader.load(scanned()).digest()).isEqualTo(MANIFEST.digest());
    assertThat(unvouched).isEmpty();
  }

  @Test
  void bytesOtherThanTheManifests_areRefusedWithFileExpectedAndGot() {
    files.write("iris/1/manifest.json", Manifests.text(MANIFEST));
    files.write("iris/1/weights.bin", "wx");

    assertThatThrownBy(() -> loader.load(scanned()))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED))
        .hasMessage(
            "iris/1: 'weights.bin' has sha256 %s, but manifest.json says %s; copy the file again;"
                + " bytes that are meant to differ need a new version number",
            Manifests.of("weights.bin", "wx").files().get(0).sha256(),
            Manifests.of("weights.bin", "ww").files().get(0).sha256());
    assertThat(engine.loads).isZero();
  }

  @Test
  void fileOfItsFullSizeFilledToAHundredOffsets_isRefusedUntilItIsWhole() {
    String whole = "m".repeat(1_000);
    files.write(
        "iris/1/manifest.json",
        Manifests.text(Manifests.of("model.onnx", whole, "weights.bin", "ww")));
    for (int bytes = 0; bytes < whole.length(); bytes += whole.length() / 100) {
      String filled = whole.substring(0, bytes) + "\0".repeat(whole.length() - bytes);
      files.write("iris/1/model.onnx", filled);

      assertThatThrownBy(() -> loader.load(scanned()))
          .as("with %d bytes", bytes)
          .hasMessageStartingWith("iris/1: 'model.onnx' has sha256 ");
    }
    files.write("iris/1/model.onnx", whole);

    assertThat(loader.load(scanned()).engine()).isEqualTo(whole + "+ww");
    assertThat(engine.loads).isEqualTo(1);
  }

  @Test
  void fileThatChangesWhileItIsLoaded_isLoadedAnew() {
    VersionArtifact artifact = scanned();
    engine.meanwhile =
        () -> {
          if (engine.loads == 1) {
            files.write("iris/1/model.onnx", "other");
            files.write("iris/1/weights.bin", "vvv");
          }
        };

    Servable servable = loader.load(artifact);

    assertThat(servable.engine()).isEqualTo("other+vvv");
    assertThat(servable.digest())
        .isEqualTo(Manifests.of("model.onnx", "other", "weights.bin", "vvv").digest());
    assertThat(engine.closes).isEqualTo(1);
  }

  @Test
  void filesThatKeepChanging_areGivenUp() {
    VersionArtifact artifact = scanned();
    engine.meanwhile = () -> files.append("iris/1/weights.bin", "w");

    assertThatThrownBy(() -> loader.load(artifact))
        .hasMessage(
            "iris/1: its files keep changing while it is loaded; bring it by 'millrace push', or"
                + " move its folder in when it is complete");
    assertThat(engine.closes).isEqualTo(engine.loads);
  }

  @Test
  void modelThatIsRefused_isRefusedAtOnce() throws IOException {
    VersionArtifact artifact = scanned();
    engine.meanwhile =
        () -> {
          throw ServingException.refusal(Reason.MODEL_LOAD_FAILED, "no model");
        };

    assertThatThrownBy(() -> loader.load(artifact)).hasMessage("no model");
    assertThat(engine.loads).isEqualTo(1);
  }

  @Test
  void outputThatTheConfigurationNamesAndTheModelLacks_failsTheLoadForGood() {
    files.write("iris/config.yaml", "classify: {scores: probabilities}");

    assertThatThrownBy(() -> loader.load(scanned()))
        .isInstanceOfSatisfying(ServingException.class, e -> assertThat(e.isLasting()).isTrue())
        .hasMessageStartingWith(
            "iris/config.yaml: classify.scores is the output 'probabilities', of which the model"
                + " has none; name ");
    assertThat(engine.closes).isEqualTo(engine.loads);
  }

  @Test
  void versionThatIsGone_isToldSo() {
    VersionArtifact artifact = scanned();
    files.delete("iris/1");

    assertThatThrownBy(() -> loader.load(artifact))
        .hasMessageStartingWith("iris/1: does not exist");
    assertThat(engine.loads).isZero();
  }

  @Test
  void otherFormatInItsPlace_isNotLoadedUnasked() {
    VersionArtifact artifact = scanned();
    files.move("iris/1/model.onnx", "iris/1/model.pt");

    assertThatThrownBy(() -> loader.load(artifact)).hasMessageContaining("keep changing");
    assertThat(engine.loads).isZero();
  }

  @Test
  void touchedFiles_haveTheSameDigestAndAreReadOnce() {
    loader.load(scanned());
    assertThat(loader.digest(scanned())).contains(MANIFEST.digest());
    assertThat(folders.reads).containsEntry("weights.bin", 1);

    files.date(Instant.now().minusSeconds(600));
    assertThat(loader.digest(scanned())).contains(MANIFEST.digest());
    assertThat(folders.reads).containsEntry("weights.bin", 2);
  }

  @Test
  void recreatedFolder_hasTheSameDigest() {
    Servable servable = loader.load(scanned());
    files.delete("iris/1");
    files.write("iris/1/model.onnx", "model");
    files.write("iris/1/weights.bin", "ww");
    assertThat(loader.digest(scanned())).contains(servable.digest());

    files.write("iris/1/weights.bin", "vv");
    assertThat(loader.digest(scanned())).isPresent().get().isNotEqualTo(servable.digest());
  }

  @Test
  void versionThatIsPackaged_keepsItsDigest() throws IOException {
    Servable servable = loader.load(scanned());
    RepositoryOptions options = new RepositoryOptions(files.path(""), Duration.ofSeconds(1), true);
    assertThat(new VersionPackager(options).pack(files.path("iris/1")))
        .isEqualTo(servable.digest());

    assertThat(loader.digest(scanned())).contains(servable.digest());
  }

  @Test
  void damagedFileUnderAManifest_hasNoDigest() {
    VersionArtifact artifact = scanned();
    files.write("iris/1/manifest.json", Manifests.text(MANIFEST));
    files.write("iris/1/weights.bin", "vv");

    assertThat(loader.digest(artifact)).isEmpty();
  }

  @Test
  void labelsOfTheVersion_winOverThoseBesideIt() {
    assertThat(loader.load(scanned()).labels()).isEqualTo(ClassLabels.NONE);

    files.write("iris/labels.txt", "one\ntwo\n");
    assertThat(loader.load(scanned()).labels().names()).containsExactly("one", "two");

    files.write("iris/1/labels.txt", "uno\n");
    assertThat(loader.load(scanned()).labels().names()).containsExactly("uno");
  }

  @Test
  void labelsOfTheVersion_areAPartOfIt() {
    files.write("iris/1/labels.txt", "uno\n");
    Manifest manifest =
        Manifests.of("labels.txt", "uno\n", "model.onnx", "model", "weights.bin", "ww");
    assertThat(loader.load(scanned()).digest()).isEqualTo(manifest.digest());

    files.write("iris/1/manifest.json", Manifests.text(manifest));
    files.write("iris/1/labels.txt", "due\n");
    assertThatThrownBy(() -> loader.load(scanned()))
        .hasMessageStartingWith("iris/1: 'labels.txt' has sha256 ");
  }

  @Test
  void labelsBesideTheVersions_areNoPartOfThem() {
    files.write("iris/labels.txt", "one\n");
    assertThat(loader.load(scanned()).digest()).isEqualTo(MANIFEST.digest());
  }

  @Test
  void badLabelsOfTheVersion_failIt() {
    files.write("iris/labels.txt", "one\n");
    files.write("iris/1/labels.txt", "a\0b\n");

    assertThatThrownBy(() -> loader.load(scanned()))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED))
        .hasMessageStartingWith("iris/1/labels.txt:1: holds the control character U+0000");
    assertThat(engine.loads).isZero();
  }

  @Test
  void badLabelsBesideTheVersions_arePassedOver() {
    files.write("iris/labels.txt", "a\0b\n");
    assertThat(loader.load(scanned()).labels()).isEqualTo(ClassLabels.NONE);

    files.delete("iris/labels.txt");
    files.folder("iris/labels.txt");
    assertThat(loader.load(scanned()).labels()).isEqualTo(ClassLabels.NONE);
  }

  /** The version as a scan that finds it complete wants it. */
  private VersionArtifact scanned() {
    List<DesiredVersions> wishes = new ArrayList<>();
    ScanRound round =
        new ScanRound(
            new RepositoryScanner(files.path(""), new DiskFolderReader()),
            new ScanPolicy(new ModelPolicy(new WishPolicy(true))),
            () -> Instant.now().plusSeconds(60),
            new ScanRound.Outlet(wishes::add, () -> {}));
    round.run();
    return wishes.get(0).candidates().get(0);
  }

  private VerifiedLoader loader(Path root) {
    return new VerifiedLoader(
        new VersionLookup(root, folders, ManifestRule.OPTIONAL),
        engine,
        artifact -> {
          unvouched.add(artifact.id().toString());
          return engine.load(artifact);
        },
        Duration.ofMillis(1));
  }
}
