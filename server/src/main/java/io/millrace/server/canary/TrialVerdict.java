package io.millrace.server.canary;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.server.model.Reason;
import java.util.Base64;
import java.util.Optional;

/**
 * What came of a trial, as one line.
 *
 * @param reason why it was refused; null if it has passed
 * @param text the fingerprint of what has passed, or the message of the refusal
 */
record TrialVerdict(Optional<Reason> reason, String text) {
  private static final String PASSED = "PASSED";

  /** So that no line of a framework is taken for one of ours. */
  private static final String MARK = "millrace-trial ";

  static TrialVerdict passed(String fingerprint) {
    return new TrialVerdict(Optional.empty(), fingerprint);
  }

  static TrialVerdict refused(Reason reason, String message) {
    return new TrialVerdict(Optional.of(reason), message);
  }

  /** The verdict in a line of the child; empty if it holds none. */
  static Optional<TrialVerdict> parse(String line) {
    int at = line.indexOf(MARK);
    if (at < 0) {
      return Optional.empty();
    }
    String[] parts = line.substring(at + MARK.length()).split(" ", 2);
    String text = new String(Base64.getDecoder().decode(parts[1]), UTF_8);
    return Optional.of(
        parts[0].equals(PASSED) ? passed(text) : refused(Reason.valueOf(parts[0]), text));
  }

  @Override
  public String toString() {
    String outcome = reason.map(Reason::name).orElse(PASSED);
    return MARK + outcome + " " + Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
