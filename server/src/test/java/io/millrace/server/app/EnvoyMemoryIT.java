package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.app.RestCalls.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a large body costs on its way through the real Envoy. */
final class EnvoyMemoryIT {
  private static final int BODY_BYTES = 60 << 20;

  @TempDir private Path temp;

  @Test
  void aLargeBody_isHeldOnce() {
    Path repository = temp.resolve("repository");
    Repositories.drop(repository, "known", 1, "known.onnx");
    byte[] text = new byte[BODY_BYTES];
    Arrays.fill(text, (byte) 'a');
    try (RunningServer server = RunningServer.startWithEnvoy(repository)) {
      Path status = statusOf(envoy(server.process()));
      Requirement.check(Files.isReadable(status), "/proc, which tells the memory of a process");
      long before = mostBytes(status);

      Answer answer =
          new RestCalls(server.restUrl())
              .post("/v1/models/known:predict", text, "content-type", "text/plain");

      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      assertThat(mostBytes(status) - before).isLessThan(BODY_BYTES * 3L / 2);
    }
  }

  private static ProcessHandle envoy(ProcessHandle server) {
    return server
        .descendants()
        .filter(child -> child.info().command().orElse("").endsWith("envoy"))
        .findFirst()
        .orElseThrow();
  }

  private static Path statusOf(ProcessHandle process) {
    return Path.of("/proc", Long.toString(process.pid()), "status");
  }

  /** The most that the process ever took. */
  private static long mostBytes(Path status) {
    try {
      return Files.readAllLines(status).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
