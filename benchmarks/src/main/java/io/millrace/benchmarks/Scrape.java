package io.millrace.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The metrics of a server at one moment, from its page for Prometheus. Immutable. */
record Scrape(List<Series> samples) {
  private static final Pattern LINE = Pattern.compile("([a-zA-Z_:][\\w:]*)(\\{.*\\})? (\\S+)");
  private static final int TIMEOUT_MILLIS = 10_000;

  /** One line of the page; labels as they are written there. */
  record Series(String name, String labels, double value) {}

  Scrape {
    samples = List.copyOf(samples);
  }

  /** Reads a page, by a connection of its own that does not stay: the server counts them. */
  static Scrape of(URI page) throws IOException {
    URLConnection connection = page.toURL().openConnection();
    connection.setRequestProperty("Connection", "close");
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    try (InputStream body = connection.getInputStream()) {
      return parse(new String(body.readAllBytes(), UTF_8));
    }
  }

  static Scrape parse(String text) {
    List<Series> samples = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      Matcher matcher = LINE.matcher(line);
      if (!line.startsWith("#") && matcher.matches()) {
        String labels = matcher.group(2) == null ? "" : matcher.group(2);
        samples.add(new Series(matcher.group(1), labels, Double.parseDouble(matcher.group(3))));
      }
    }
    return new Scrape(samples);
  }

  /**
   * The sum over all series of a name; 0 where there is none.
   *
   * @param labels only of series that have all of these, each written as {@code name="value"}
   */
  long sum(String name, String... labels) {
    double sum = 0;
    for (Series sample : samples) {
      if (sample.name().equals(name) && hasAll(sample, labels)) {
        sum += sample.value();
      }
    }
    return Math.round(sum);
  }

  private static boolean hasAll(Series sample, String... labels) {
    for (String label : labels) {
      if (!sample.labels().contains(label)) {
        return false;
      }
    }
    return true;
  }

  /** The sums over all series of a name by one of its labels. */
  Map<String, Long> sumsBy(String name, String label) {
    Pattern value = Pattern.compile("[{,]" + label + "=\"([^\"]*)\"");
    Map<String, Long> sums = new TreeMap<>();
    for (Series sample : samples) {
      Matcher matcher = value.matcher(sample.labels());
      if (sample.name().equals(name) && matcher.find()) {
        sums.merge(matcher.group(1), Math.round(sample.value()), Long::sum);
      }
    }
    return sums;
  }
}
