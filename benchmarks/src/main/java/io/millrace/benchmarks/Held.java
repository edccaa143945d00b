package io.millrace.benchmarks;

import java.io.IOException;
import java.util.List;

/**
 * What calls hold of a server while they last, as it tells itself: places in queues and shares of
 * its memory.
 */
final class Held {
  private static final List<String> GAUGES =
      List.of(
          "millrace_inference_pending",
          "millrace_inference_input_memory_used_bytes",
          "millrace_message_memory_used_bytes");

  private static final int SECONDS = 30;

  private Held() {}

  /** Finds whether a server without calls holds nothing any more; the last may just be leaving. */
  static void expectNothing(StressServer server, Findings findings)
      throws IOException, InterruptedException {
    Scrape scrape = server.scrapeWhen(Held::isNothing, SECONDS);
    for (String gauge : GAUGES) {
      findings.expect(gauge + " afterwards", 0, scrape.sum(gauge));
    }
  }

  private static boolean isNothing(Scrape scrape) {
    return GAUGES.stream().allMatch(gauge -> scrape.sum(gauge) == 0);
  }
}
