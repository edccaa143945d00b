package io.millrace.server.canary;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The child's side: reads which versions to try, a line for each, and says what came of them, until
 * its parent is gone. Confined to one thread.
 */
public final class TrialHost {
  private final Trial trial;
  private final PrintStream answers;

  /**
   * @param answers to the parent; frameworks may print between its lines
   */
  public TrialHost(Trial trial, PrintStream answers) {
    this.trial = trial;
    this.answers = answers;
  }

  /** Loads a version, runs it and unloads it again. */
  public interface Trial {
    /**
     * Tries it.
     *
     * @return the {@linkplain VersionArtifact#fingerprint() fingerprint} of what was tried
     * @throws ServingException if the server could not serve it
     */
    String of(String model, long version);
  }

  /**
   * Tries what the parent asks for.
   *
   * @param whenAlone called once the parent is gone, also while a trial hangs; ends the process
   */
  public void run(InputStream requests, Runnable whenAlone) throws InterruptedException {
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    Thread reader = new Thread(() -> read(requests, asked, whenAlone), "parent");
    reader.setDaemon(true);
    reader.start();
    while (true) {
      String line = asked.take();
      // A name holds no blank.
      int blank = line.indexOf(' ');
      answers.println(verdict(line.substring(0, blank), Long.parseLong(line.substring(blank + 1))));
      answers.flush();
    }
  }

  private static void read(InputStream requests, BlockingQueue<String> asked, Runnable whenAlone) {
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(requests, UTF_8))) {
      lines.lines().forEach(asked::add);
    } catch (IOException | UncheckedIOException e) {
      // It is as good as gone.
    } finally {
      whenAlone.run();
    }
  }

  private TrialVerdict verdict(String model, long version) {
    try {
      return TrialVerdict.passed(trial.of(model, version));
    } catch (ServingException e) {
      return TrialVerdict.refused(e.reason(), String.valueOf(e.getMessage()));
    }
  }
}
