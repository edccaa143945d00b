package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.Problem;
import io.millrace.server.model.DesiredVersions;
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
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Links in a repository where the settings allow them. */
final class LinkedFoldersTest {
  private static final int SWAPS = 100;

  @TempDir private Path temp;

  private final List<DesiredVersions> wishes = new ArrayList<>();
  private TestRepository files = new TestRepository(Path.of(""));

  @BeforeEach
  void open() throws IOException {
    files = new TestRepository(Files.createDirectory(temp.resolve("repo")));
  }

  @Test
  void linksToModelsVersionsAndFiles_areFollowed() throws IOException {
    Path outside = Files.createDirectories(temp.resolve("store/7"));
    Files.writeString(outside.resolve("model.onnx"), "seven");
    files.folder("iris/2");
    Files.createSymbolicLink(files.path("iris/1"), outside);
    Files.createSymbolicLink(files.path("iris/2/model.onnx"), outside.resolve("model.onnx"));
    Files.createSymbolicLink(files.path("wine"), files.path("iris"));

    scan();

    assertThat(wishes).map(DesiredVersions::model).containsExactly("iris", "wine");
    assertThat(wishes)
        .allSatisfy(
            wish ->
                assertThat(wish.candidates())
                    .map(artifact -> artifact.id().version())
                    .containsExactly(2L, 1L));
    assertThat(load(wishes.get(1).candidates().get(0)).engine()).isEqualTo("seven");
  }

  @Test
  void linksThatLeadNowhereOrRound_areRefused() throws IOException {
    files.folder("iris/1");
    Files.createSymbolicLink(files.path("iris/1/model.onnx"), temp.resolve("nowhere"));
    files.write("iris/2/model.onnx", "");
    Files.createSymbolicLink(files.path("iris/2/round"), files.path("iris/2"));
    Files.createSymbolicLink(files.path("iris/3"), files.path("iris/3"));

    scan();

    assertThat(wishes.get(0).broken())
        .map(broken -> broken.problem().getMessage())
        .satisfiesExactly(
            message -> assertThat(message).contains("iris/1: holds the symbolic link 'model.onnx'"),
            message -> assertThat(message).contains("iris/2: has folders more than 8 deep"),
            message -> assertThat(message).contains("iris/3: is a symbolic link"));
  }

  @Test
  void volumesOfKubernetes_areServedAtEachLevel() {
    new KubernetesVolume(files.folder("iris/1")).replace(Map.of("model.onnx", "version"));
    new KubernetesVolume(files.folder("wine"))
        .replace(Map.of("config.yaml", "version_policy: all", "4/model.onnx", "model"));

    scan();

    assertThat(wishes).map(wish -> wish.policy().describe()).containsExactly("latest: 1", "all");
    assertThat(load(wishes.get(0).candidates().get(0)).engine()).isEqualTo("version");
    assertThat(load(wishes.get(1).candidates().get(0)).engine()).isEqualTo("model");

    TestRepository whole = files;
    files = new TestRepository(whole.folder("mounted"));
    new KubernetesVolume(files.path("")).replace(Map.of("rose/1/model.onnx", "repository"));
    scan();
    assertThat(wishes).map(DesiredVersions::model).containsExactly("rose");
    assertThat(load(wishes.get(0).candidates().get(0)).engine()).isEqualTo("repository");
  }

  @Test
  void volumeWhoseLinkLeadsNowhere_cannotBeRead() throws IOException {
    files.folder("iris");
    Files.createSymbolicLink(files.path("iris/..data"), Path.of("..gone"));

    RepositoryScan.Snapshot snapshot =
        (RepositoryScan.Snapshot)
            new RepositoryScanner(files.path(""), new LinkedFolderReader()).scan();

    assertThat(snapshot.models())
        .singleElement()
        .isInstanceOfSatisfying(
            ModelScan.Unreadable.class,
            unreadable ->
                assertThat(unreadable.problem())
                    .extracting(Problem::fault)
                    .asString()
                    .contains("a link leads to nothing"));
  }

  @Test
  void aHundredSwapsUnderLoads_mixNoTwoGenerations() throws Exception {
    KubernetesVolume volume = new KubernetesVolume(files.folder("iris/1"));
    volume.replace(generation(0));
    scan();
    VersionArtifact artifact = wishes.get(0).candidates().get(0);
    ReadingLoader engine = new ReadingLoader();
    engine.meanwhile = Thread::yield;
    VerifiedLoader loader = loader(engine);
    ExecutorService swapper = Executors.newSingleThreadExecutor();
    Future<?> swaps = swapper.submit(() -> swap(volume));
    List<String> loaded = new ArrayList<>();
    while (!swaps.isDone() || loaded.isEmpty()) {
      load(loader, artifact, loaded);
    }
    swaps.get();
    swapper.shutdown();
    load(loader, artifact, loaded);

    assertThat(loaded).allSatisfy(content -> assertThat(content).matches("(\\d+) x*\\+\\1 x*"));
    assertThat(loaded.get(loaded.size() - 1)).startsWith(SWAPS + " ");
  }

  @Test
  void aHundredSwapsUnderScans_neverTakeAVersionAway() throws Exception {
    KubernetesVolume volume = new KubernetesVolume(files.folder("iris"));
    volume.replace(Map.of("1/model.onnx", "0"));
    ScanRound round = round();
    round.run();
    assertThat(wishes).hasSize(1);
    ExecutorService swapper = Executors.newSingleThreadExecutor();
    Future<?> swaps =
        swapper.submit(
            () -> {
              for (int i = 1; i <= SWAPS; i++) {
                volume.replace(Map.of("1/model.onnx", "swap " + i));
              }
            });
    while (!swaps.isDone()) {
      round.run();
    }
    swaps.get();
    swapper.shutdown();
    round.run();
    round.run();

    assertThat(wishes).allSatisfy(wish -> assertThat(wish.candidates()).hasSize(1));
    assertThat(load(wishes.get(wishes.size() - 1).candidates().get(0)).engine())
        .isEqualTo("swap " + SWAPS);
  }

  private static void load(VerifiedLoader loader, VersionArtifact artifact, List<String> loaded) {
    try (Servable servable = loader.load(artifact)) {
      loaded.add(servable.engine());
    } catch (ServingException e) {
      // Swapped five times while it was tried: a retry helps, and nothing wrong was loaded.
      assertThat(e.getMessage()).containsAnyOf("keep changing", "vanished", "its links moved");
    }
  }

  private static void swap(KubernetesVolume volume) {
    for (int i = 1; i <= SWAPS; i++) {
      volume.replace(generation(i));
    }
  }

  /** Both files begin with the number of their generation. */
  private static Map<String, String> generation(int number) {
    String content = number + " " + "x".repeat(1_000 + number);
    return Map.of("model.onnx", content, "weights.bin", content);
  }

  private void scan() {
    wishes.clear();
    round().run();
  }

  private ScanRound round() {
    return new ScanRound(
        new RepositoryScanner(files.path(""), new LinkedFolderReader()),
        new ScanPolicy(new ModelPolicy(new WishPolicy(true))),
        () -> Instant.now().plusSeconds(60),
        new ScanRound.Outlet(wishes::add, () -> {}));
  }

  private Servable load(VersionArtifact artifact) {
    return loader(new ReadingLoader()).load(artifact);
  }

  private VerifiedLoader loader(ReadingLoader engine) {
    VersionLookup lookup =
        new VersionLookup(files.path(""), new LinkedFolderReader(), ManifestRule.OPTIONAL);
    return new VerifiedLoader(lookup, engine, engine, Duration.ofMillis(1));
  }
}
