package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.Problem;
import io.millrace.server.model.DesiredVersions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scanner and the rules together, on real folders and an own clock. */
final class ScanRoundTest {
  @TempDir private Path temp;

  private final FaultyFolderReader folders = new FaultyFolderReader();
  private final List<String> wishes = new ArrayList<>();
  private final Set<String> refused = new HashSet<>();
  private final List<List<Problem>> alarms = new ArrayList<>();
  private int firstScans;
  private TestRepository files = new TestRepository(Path.of(""));
  private ScanRound round = round(Path.of(""));

  @BeforeEach
  void open() throws IOException {
    Path root = Files.createDirectory(temp.resolve("repo"));
    files = new TestRepository(root);
    round = round(root);
  }

  @Test
  void startUp_wantsWhatIsThereAndSaysWhenItLooked() {
    files.write("iris/1/model.onnx", "a");
    files.write("wine/3/model.onnx", "b");
    files.date(Instant.now().minusSeconds(60));

    assertThat(scan()).containsExactly("iris [1]", "wine [3]");
    assertThat(firstScans).isEqualTo(1);
    assertThat(scan()).isEmpty();
    assertThat(firstScans).isEqualTo(1);
  }

  @Test
  void startUp_waitsForTheSecondLookAtWhatIsNew() {
    files.write("iris/1/model.onnx", "a");

    assertThat(scan()).isEmpty();
    assertThat(firstScans).isZero();
    assertThat(scan()).containsExactly("iris [1]");
    assertThat(firstScans).isEqualTo(1);
  }

  @Test
  void sampleBesideTheVersions_bringsAWishWhenItChangesAndOnlyThen() {
    files.write("iris/1/model.onnx", "a");
    files.date(Instant.now().minusSeconds(60));
    assertThat(scan()).containsExactly("iris [1]");

    files.write("iris/samples/golden.json", "{}");
    assertThat(scan()).containsExactly("iris [1]");
    assertThat(scan()).isEmpty();

    files.append("iris/samples/golden.json", " ");
    files.write("iris/samples/notes.txt", "of no interest");
    assertThat(scan()).containsExactly("iris [1]");
    assertThat(scan()).isEmpty();
  }

  @Test
  void rootThatVanishes_isAnAlarmUntilItIsBack() {
    serve("iris/1/model.onnx");
    assertThat(alarms).isEmpty();

    files.move("", "../aside");
    assertThat(scan()).isEmpty();
    assertThat(scan()).isEmpty();
    assertThat(alarms).hasSize(1);
    assertThat(alarms.get(0)).singleElement().asString().contains("stays in force");

    files.move("../aside", "");
    assertThat(scan()).isEmpty();
    assertThat(alarms).hasSize(2);
    assertThat(alarms.get(1)).isEmpty();
  }

  @Test
  void transitionAlone_bringsAWishWhenItChanges() {
    files.write("iris/1/model.onnx", "a");
    files.date(Instant.now().minusSeconds(60));
    assertThat(scan()).containsExactly("iris [1]");

    files.write("iris/config.yaml", "transition: resource_preserving");

    assertThat(scan()).isEmpty();
    assertThat(scan()).containsExactly("iris [1]");
    assertThat(scan()).isEmpty();
  }

  @Test
  void startUp_doesNotWaitForACopyThatGoesOn() {
    files.write("iris/1/model.onnx", "a");
    files.date(Instant.now().minusSeconds(60));
    String growing = "";
    for (int i = 1; i < 5; i++) {
      growing += "more";
      files.write("wine/1/model.onnx", growing);
      scan();
      assertThat(firstScans).isZero();
    }
    files.write("wine/1/model.onnx", growing + "more");

    assertThat(scan()).isEmpty();
    assertThat(firstScans).isEqualTo(1);
  }

  @Test
  void versionBeingCopied_isWantedWhenItStopsGrowing() {
    serve("iris/1/model.onnx");
    files.folder("iris/2");
    assertThat(scan()).isEmpty();
    files.write("iris/2/model.onnx", "x");
    for (int i = 0; i < 20; i++) {
      assertThat(scan()).isEmpty();
      files.append("iris/2/model.onnx", "x".repeat(100));
    }
    assertThat(scan()).isEmpty();
    assertThat(scan()).containsExactly("iris [2, 1]");
  }

  @Test
  void versionRenamedIntoPlace_isWantedAtTheSecondScan() {
    serve("iris/1/model.onnx");
    files.write(".incoming/model.onnx", "whole");
    assertThat(scan()).isEmpty();
    files.move(".incoming", "iris/2");
    assertThat(scan()).isEmpty();
    assertThat(scan()).containsExactly("iris [2, 1]");
  }

  @Test
  void deletedVersionAndModel_areNoLongerWanted() {
    serve("iris/1/model.onnx", "iris/2/model.onnx", "wine/1/model.onnx");
    files.delete("iris/2");
    assertThat(scan()).containsExactly("iris [1]");
    files.delete("iris");
    assertThat(scan()).containsExactly("iris []");
    files.delete("wine/1/model.onnx");
    assertThat(scan()).isEmpty();
    assertThat(scan()).containsExactly("wine [] broken [1]");
  }

  @Test
  void repositoryThatVanishesAndReturns_changesNothing() {
    serve("iris/1/model.onnx");
    files.move("", "../away");
    assertThat(scan()).isEmpty();
    files.folder("");
    assertThat(scan()).isEmpty();
    files.delete("");
    files.move("../away", "");
    assertThat(scan()).isEmpty();
    files.write("new/1/model.onnx", "");
    scan();
    assertThat(scan()).containsExactly("new [1]");
  }

  @Test
  void repositoryAbsentAtStart_isPickedUpWhenItComes() {
    files.move("", "../away");
    assertThat(scan()).isEmpty();
    assertThat(firstScans).isZero();
    files.move("../away", "");
    files.write("iris/1/model.onnx", "a");
    files.date(Instant.now().minusSeconds(60));
    assertThat(scan()).containsExactly("iris [1]");
    assertThat(firstScans).isEqualTo(1);
  }

  @Test
  void listingThatFails_changesNothing() {
    serve("iris/1/model.onnx", "wine/1/model.onnx");
    folders.faults.put("iris", new IOException("Input/output error"));
    files.delete("wine");
    assertThat(scan()).containsExactly("wine []");
    folders.faults.clear();
    assertThat(scan()).isEmpty();
  }

  @Test
  void brokenVersions_stallNobody() throws IOException {
    serve("iris/1/model.onnx");
    files.write("iris/2/model.txt", "");
    files.write("wine/config.yaml", "engine: [");
    files.write("wine/1/model.onnx", "");
    files.write("good/1/model.onnx", "");
    Files.createSymbolicLink(files.path("iris/3"), temp);
    scan();
    assertThat(scan()).containsExactly("good [1]", "iris [1] broken [2, 3]", "wine [] broken [1]");
    files.write("wine/config.yaml", "engine: onnxruntime");
    files.write("iris/2/model.onnx", "");
    scan();
    assertThat(scan()).containsExactly("iris [2, 1] broken [3]", "wine [1]");
  }

  @Test
  void consumerThatThrows_getsTheWishAgainAndOthersGetTheirs() {
    files.write("iris/1/model.onnx", "a");
    files.write("wine/1/model.onnx", "b");
    files.date(Instant.now().minusSeconds(60));
    refused.add("iris");
    assertThat(scan()).containsExactly("wine [1]");
    assertThat(scan()).isEmpty();
    refused.clear();
    assertThat(scan()).containsExactly("iris [1]");
    assertThat(firstScans).isEqualTo(1);
  }

  @Test
  void scanThatThrows_isFollowedByTheNext() {
    serve("iris/1/model.onnx");
    files.write("iris/2/model.onnx", "");
    folders.crash = true;
    assertThat(scan()).isEmpty();
    assertThat(scan()).isEmpty();
    folders.crash = false;
    assertThat(scan()).isEmpty();
    assertThat(scan()).containsExactly("iris [2, 1]");
  }

  /** Writes models, has them wanted, and forgets that it was said. */
  private void serve(String... names) {
    for (String name : names) {
      files.write(name, "model");
    }
    files.date(Instant.now().minus(Duration.ofMinutes(1)));
    assertThat(scan()).isNotEmpty();
  }

  private List<String> scan() {
    wishes.clear();
    round.run();
    return List.copyOf(wishes);
  }

  private ScanRound round(Path root) {
    return new ScanRound(
        new RepositoryScanner(root, folders),
        new ScanPolicy(new ModelPolicy(new WishPolicy(true))),
        Instant::now,
        new ScanRound.Outlet(this::take, alarms::add, () -> firstScans++));
  }

  private void take(DesiredVersions wish) {
    if (refused.contains(wish.model())) {
      throw new IllegalStateException("refused " + wish.model());
    }
    List<Long> candidates = wish.candidates().stream().map(a -> a.id().version()).toList();
    List<Long> broken = wish.broken().stream().map(b -> b.id().version()).toList();
    String words = wish.model() + " " + candidates;
    wishes.add(broken.isEmpty() ? words : words + " broken " + broken);
  }
}
