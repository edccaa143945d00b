package io.millrace.server.canary;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.server.config.DataSize;
import io.millrace.server.model.ModelVersionId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One child process. Confined to one thread at a time. */
final class TrialChild implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TrialChild.class);

  private static final long LOOK_MILLIS = 50;
  private static final int SIGNAL_CODES = 128;

  /** Of a JVM with {@code -XX:+ExitOnOutOfMemoryError}. */
  private static final int OUT_OF_HEAP = 3;

  private final Process process;
  private final PrintStream requests;
  private final BlockingQueue<TrialVerdict> verdicts = new ArrayBlockingQueue<>(16);

  private TrialChild(Process process) {
    this.process = process;
    this.requests = new PrintStream(process.getOutputStream(), true, UTF_8);
    Thread reader = new Thread(this::read, "canary");
    reader.setDaemon(true);
    reader.start();
  }

  /** How a trial ended: with a verdict, or with the end of the child and why. */
  record End(Optional<TrialVerdict> verdict, String fault) {
    private static End of(TrialVerdict verdict) {
      return new End(Optional.of(verdict), "");
    }

    private static End died(String fault) {
      return new End(Optional.empty(), fault);
    }
  }

  static TrialChild start(TrialCommand command) throws IOException {
    Process process = new ProcessBuilder(command.words()).redirectError(Redirect.DISCARD).start();
    beKilledFirst(process.pid());
    return new TrialChild(process);
  }

  /** Where memory runs out, the kernel is to end the child and not the server. */
  private static void beKilledFirst(long pid) {
    try {
      Files.writeString(Path.of("/proc/" + pid + "/oom_score_adj"), "1000");
    } catch (IOException e) {
      // There is no such thing outside of Linux, and a container may not allow it.
      log.debug("process {} cannot be marked as the first to be killed", pid, e);
    }
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        TrialVerdict.parse(line).ifPresent(verdicts::offer);
      }
    } catch (IOException | IllegalArgumentException e) {
      log.debug("the process that tries new models said something odd", e);
      process.destroyForcibly();
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Has it try a version; it is of no use any more if the end has no verdict. */
  End ask(ModelVersionId version, Duration time, DataSize memory) {
    requests.println(version.model() + " " + version.version());
    long began = System.nanoTime();
    try {
      while (true) {
        TrialVerdict verdict = verdicts.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        if (verdict != null) {
          return End.of(verdict);
        }
        if (!process.isAlive()) {
          // What it said last may still be on its way.
          verdict = verdicts.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
          return verdict == null ? End.died(death(memory)) : End.of(verdict);
        }
        if (System.nanoTime() - began > time.toNanos()) {
          return End.died(
              "its load and first runs took more than %s, so the trial was ended; give it more time with --canary-timeout, or a smaller model"
                  .formatted(text(time)));
        }
        if (residentBytes() > memory.bytes()) {
          return End.died(tooLarge(memory));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return End.died("the server stopped while it was tried");
    }
  }

  private String death(DataSize memory) {
    int code = process.exitValue();
    if (code == OUT_OF_HEAP) {
      return tooLarge(memory);
    }
    String how = code > SIGNAL_CODES ? "signal " + (code - SIGNAL_CODES) : "exit code " + code;
    return "it ended the process that tried it (%s), as it would have ended the server; the file is damaged, or its engine has a fault that it meets"
        .formatted(how);
  }

  private static String tooLarge(DataSize memory) {
    return "its trial took more than %s of memory, so it was ended; allow more with --canary-memory, or give it a smaller model"
        .formatted(memory);
  }

  private static String text(Duration time) {
    return time.toMillis() % 1_000 == 0 ? time.toSeconds() + "s" : time.toMillis() + "ms";
  }

  /** 0 where the system does not tell. */
  private long residentBytes() {
    try {
      return ProcessMemory.residentBytes(process.pid());
    } catch (IOException e) {
      // It has just ended, or this is not Linux.
      return 0;
    }
  }

  /** Ends it at once: it has nothing to lose. */
  @Override
  public void close() {
    process.destroyForcibly();
    requests.close();
  }
}
