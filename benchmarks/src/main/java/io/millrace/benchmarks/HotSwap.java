package io.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** Replaces the version of a model by the next again and again. Confined to one thread. */
final class HotSwap {
  /** The model that comes and goes. */
  static final String MODEL = "swapped";

  private static final int SECONDS = 30;

  private final StressServer server;
  private final Path version;
  private long number;

  /**
   * @param version the folder of what every version of the model is
   */
  HotSwap(StressServer server, Path version) {
    this.server = server;
    this.version = version;
  }

  /** Drops the next version and waits until it serves. */
  void next() throws IOException, InterruptedException {
    StressServer.copyVersion(version, model(), ++number);
    Scrape scrape = server.scrapeWhen(this::serves, SECONDS);
    if (!serves(scrape)) {
      throw new IOException("version %d of %s does not come up".formatted(number, MODEL));
    }
  }

  private boolean serves(Scrape scrape) {
    String state = "state=\"ready\"";
    String named = "model_name=\"%s\"".formatted(MODEL);
    return scrape.sum(
            "millrace_model_state", named, "model_version=\"%d\"".formatted(number), state)
        == 1;
  }

  private Path model() {
    return server.repository().resolve(MODEL);
  }

  /** Swaps for so long, and tells how often. */
  long run(Duration time, Duration pause) throws IOException, InterruptedException {
    long first = number;
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() - end + pause.toNanos() < 0) {
      Thread.sleep(pause.toMillis());
      next();
      StressServer.delete(model().resolve(Long.toString(number - 1)));
    }
    return number - first;
  }
}
