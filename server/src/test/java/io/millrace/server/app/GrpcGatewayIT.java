package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.app.Shell.Ended;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The gateway of {@code envoy/grpc-gateway} is generated, built and tested beside the real server
 * and Envoy: its tests, in Go, compare what both answer. In a copy of the sources, where no
 * generated code of an earlier {@code proto/} lies.
 */
final class GrpcGatewayIT {
  private static final Path CHECKOUT = RunningServer.CHECKOUT.toAbsolutePath().normalize();

  @TempDir private static Path temp;
  private static RunningServer server;
  private static Shell shell;

  @BeforeAll
  static void start() throws Exception {
    Ended copy =
        new Shell(CHECKOUT)
            .run(
                "tar -cf - --exclude=generated --exclude=target proto clients/go envoy/grpc-gateway"
                    + " | tar -C '%s' -xf -".formatted(temp));
    assertThat(copy.exitCode()).as(copy.err()).isZero();
    shell = new Shell(temp.resolve("envoy/grpc-gateway"));
    Requirement.check(shell.run("go list -m").exitCode() == 0, "Go 1.26, for envoy/grpc-gateway");
    server = RunningServer.startWithEnvoy(repository(), "--max-message-size", "1MiB");
  }

  /** The models that the table of the tests in Go calls. */
  private static Path repository() {
    Path repository = temp.resolve("repository");
    Repositories.write(
        repository.resolve("tiny/config.yaml"),
        "version_policy: {latest: 2}\nlabels: {stable: 1}\n");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "tiny", 2, "constant-version-2.onnx");
    Repositories.drop(repository, "spare", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "upper", 1, "upper.onnx");
    Repositories.drop(repository, "slow", 1, "slow.onnx");
    Repositories.write(repository.resolve("broken/1/model.onnx"), "no model");
    for (String real : List.of("iris", "diabetes")) {
      Repositories.copy(CHECKOUT.resolve("model-repo").resolve(real), repository.resolve(real));
    }
    return repository;
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void theGeneratedGateway_answersAsEnvoyDoes() throws Exception {
    Ended built = shell.run("go generate ./... && go vet ./...");
    assertThat(built.exitCode()).as(built.out() + built.err()).isZero();

    Ended tested =
        shell.run(
            "MILLRACE_GRPC=127.0.0.1:%d MILLRACE_REST=%s go test -count=1 -v ./..."
                .formatted(server.port(), URI.create(server.restUrl()).getAuthority()));

    assertThat(tested.exitCode()).as(failures(tested)).isZero();
    assertThat(tested.out())
        .contains("--- PASS: TestEachRow_isAnsweredAsByEnvoy", "--- PASS: TestEachRoute")
        .doesNotContain("--- SKIP");
  }

  /** What the tests said, without those that passed. */
  private static String failures(Ended tested) {
    return tested
            .out()
            .lines()
            .filter(line -> !line.contains("--- PASS") && !line.contains("=== "))
            .reduce("", (all, line) -> all + line + "\n")
        + tested.err();
  }
}
