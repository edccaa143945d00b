package io.millrace.server.rest;

import io.grpc.Metadata;
import io.millrace.server.model.Quote;
import io.millrace.server.model.ServingException;
import java.util.regex.Pattern;

/**
 * The header {@code Inference-Header-Content-Length}: how many bytes of a body, from its beginning,
 * are JSON; behind them stand the bytes of tensors (binary tensor extension of the Open Inference
 * Protocol). 0 says that the whole body is the bytes of the model's one input.
 *
 * @param written its value; empty if the request has none, and all of the body is JSON
 */
record HeadLength(String written) {
  /** Among the metadata of a call; in messages it is {@link #NAME}. */
  static final Metadata.Key<String> HEADER = CallHeaders.key("inference-header-content-length");

  static final String NAME = "Inference-Header-Content-Length";

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,10}");

  static HeadLength ofCurrentCall() {
    return new HeadLength(CallHeaders.ofCurrentCall(HEADER).strip());
  }

  boolean isGiven() {
    return !written.isEmpty();
  }

  /** Whether the body has no JSON at all. */
  boolean isZero() {
    return isNumber() && Long.parseLong(written) == 0;
  }

  private boolean isNumber() {
    return NUMBER.matcher(written).matches();
  }

  /**
   * How many bytes of a body take time to read, which text does; 0 if that is unclear. A body that
   * is a tensor alone may be one element, which is copied.
   */
  int textBytes(int bodyBytes) {
    if (!isGiven() || isZero()) {
      return bodyBytes;
    }
    return isNumber() ? (int) Math.min(Long.parseLong(written), bodyBytes) : 0;
  }

  /**
   * The number.
   *
   * @throws ServingException REQUEST_MALFORMED if it is none, or more than the body has
   */
  int within(int bodyBytes) {
    if (!isNumber()) {
      throw Refusals.malformed(
          NAME,
          "%s is %s; it says how many bytes of the body, from its beginning, are JSON"
              .formatted(NAME, Quote.of(written)));
    }
    long length = Long.parseLong(written);
    if (length > bodyBytes) {
      throw Refusals.malformed(
          NAME,
          "%s says that %d bytes are JSON, but the body has %d (both count before compression)"
              .formatted(NAME, length, bodyBytes));
    }
    return (int) length;
  }
}
