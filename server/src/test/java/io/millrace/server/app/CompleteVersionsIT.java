package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.ModelMetadataRequest;
import io.millrace.v1.GetModelMetadataRequest;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.ModelVersionStatus;
import io.millrace.v1.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which versions the server takes for complete, and by what it knows their content. */
final class CompleteVersionsIT {
  @TempDir private Path temp;
  private Path repository = Path.of("");
  private @Nullable RunningServer server;
  private @Nullable ManagedChannel channel;

  @BeforeEach
  void makeRepository() throws IOException {
    repository = Files.createDirectory(temp.resolve("repository"));
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private void serve(String... options) {
    List<String> all = new ArrayList<>(List.of("--scan-interval", "100ms"));
    all.addAll(List.of(options));
    serve(RunningServer.start(repository, all.toArray(String[]::new)));
  }

  private void serve(RunningServer started) {
    server = started;
    channel = started.channel();
  }

  private String log() {
    return Objects.requireNonNull(server).log();
  }

  private ManagedChannel channel() {
    return Objects.requireNonNull(channel);
  }

  @Test
  void digest_isShownByEachApi() throws Exception {
    String pushed = push("constant-version-1.onnx");
    serve();
    String digest = status(1).getDigest();

    assertThat(digest).startsWith("sha256:");
    assertThat(pushed).endsWith(digest);
    assertThat(
            ModelServiceGrpc.newBlockingStub(channel())
                .getModelMetadata(GetModelMetadataRequest.newBuilder().setName("tiny").build())
                .getDigest())
        .isEqualTo(digest);
    assertThat(
            GRPCInferenceServiceGrpc.newBlockingStub(channel())
                .modelMetadata(ModelMetadataRequest.newBuilder().setName("tiny").build())
                .getPropertiesMap())
        .containsEntry("digest", digest);
    assertThat(log()).contains("tiny/1 READY " + digest);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/models/tiny", "/v1/models/tiny/metadata", "/v2/models/tiny"})
  void digest_isShownByRest(String path) {
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    RunningServer withEnvoy = RunningServer.startWithEnvoy(repository);
    serve(withEnvoy);

    assertThat(new RestCalls(withEnvoy.restUrl()).get(path).text().replaceAll("\\s", ""))
        .contains("\"digest\":\"" + status(1).getDigest() + "\"");
  }

  @Test
  void sameBytesAgain_areNeitherLoadedNorWarnedOf() throws IOException {
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    serve();
    String digest = status(1).getDigest();
    Path version = repository.resolve("tiny/1");
    Path copy = temp.resolve("copy");
    Repositories.copy(version, copy);
    Files.move(version, temp.resolve("aside"));
    Files.move(copy, version);
    Files.setLastModifiedTime(version.resolve("model.onnx"), FileTime.from(Instant.EPOCH));
    awaitLaterScans();

    assertThat(log()).doesNotContain("its files changed while it serves");

    Files.copy(
        Repositories.FIXTURES.resolve("constant-version-2.onnx"),
        version.resolve("model.onnx"),
        StandardCopyOption.REPLACE_EXISTING);
    Calls.await("the warning", () -> log().contains("its files changed while it serves"));
    assertThat(status(1).getDigest()).isEqualTo(digest);
    assertThat(answer()).isEqualTo(1);
  }

  /** What a scan sees later than all that was done so far. */
  private void awaitLaterScans() {
    Repositories.drop(repository, "later", 1, "constant-version-3.onnx");
    Calls.awaitState(channel(), "later", 1, State.AVAILABLE);
  }

  @Test
  void damagedBytes_areNotServedUntilTheyAreMended() throws Exception {
    push("constant-version-1.onnx");
    serve();
    String second = push("constant-version-2.onnx");
    Calls.awaitState(channel(), "tiny", 2, State.AVAILABLE);
    Path pushed = repository.resolve("tiny/2");
    Path damaged = temp.resolve("damaged");
    Repositories.copy(pushed, damaged);
    byte[] bytes = Files.readAllBytes(damaged.resolve("model.onnx"));
    byte[] wrong = bytes.clone();
    wrong[bytes.length / 2] ^= 1;
    Files.write(damaged.resolve("model.onnx"), wrong);
    Files.move(damaged, repository.resolve("tiny/3"));

    Calls.awaitState(channel(), "tiny", 3, State.END);
    assertThat(status(3).getStatus().getReason()).isEqualTo("MODEL_LOAD_FAILED");
    assertThat(status(3).getStatus().getErrorMessage())
        .contains("tiny/3: 'model.onnx' has sha256 ", "but manifest.json says ");
    assertThat(answer()).isEqualTo(2);

    Files.write(repository.resolve("tiny/3/model.onnx"), bytes);
    Calls.awaitState(channel(), "tiny", 3, State.AVAILABLE);
    assertThat(second).endsWith(status(3).getDigest());
  }

  @Test
  void strictServer_servesWhatHasAManifestAlone() throws Exception {
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    serve("--strict-manifest");
    assertThat(status(1).getStatus().getErrorMessage())
        .startsWith("tiny/1: has no manifest.json, which strict_manifest demands");

    push("constant-version-2.onnx");
    Calls.awaitState(channel(), "tiny", 2, State.AVAILABLE);
    assertThat(answer()).isEqualTo(2);
  }

  @Test
  void volumeOfKubernetes_bringsItsVersionsWhereLinksAreAllowed() throws IOException {
    Path volume = Files.createDirectory(repository.resolve("tiny"));
    generation(volume, "..1", 1);
    Files.createSymbolicLink(volume.resolve("..data"), Path.of("..1"));
    Files.createSymbolicLink(volume.resolve("1"), Path.of("..data/1"));
    serve("--allow-links");
    assertThat(answer()).isEqualTo(1);

    generation(volume, "..2", 1, 2);
    Files.createSymbolicLink(volume.resolve("2"), Path.of("..data/2"));
    Files.createSymbolicLink(volume.resolve("..data_tmp"), Path.of("..2"));
    Files.move(
        volume.resolve("..data_tmp"), volume.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    Repositories.delete(volume.resolve("..1"));

    Calls.awaitState(channel(), "tiny", 2, State.AVAILABLE);
    assertThat(answer()).isEqualTo(2);
    assertThat(log()).doesNotContain("its files changed while it serves");
  }

  private static void generation(Path volume, String name, long... versions) throws IOException {
    for (long version : versions) {
      Path folder = Files.createDirectories(volume.resolve(name).resolve(Long.toString(version)));
      Files.copy(
          Repositories.FIXTURES.resolve("constant-version-%d.onnx".formatted(version)),
          folder.resolve("model.onnx"));
    }
  }

  private String push(String fixture) throws Exception {
    Shell.Ended ended =
        new Shell(temp)
            .run(
                "%s push %s --model tiny %s"
                    .formatted(
                        RunningServer.DISTRIBUTION.resolve("millrace"),
                        Repositories.FIXTURES.resolve(fixture).toAbsolutePath(),
                        repository));
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    return ended.out().strip();
  }

  private ModelVersionStatus status(long version) {
    return Calls.status(channel(), "tiny").stream()
        .filter(status -> status.getVersion() == version)
        .findFirst()
        .orElseThrow();
  }

  private long answer() {
    return Calls.int64(Calls.predict(channel(), Calls.whichVersion("tiny")), "version", 0);
  }
}
