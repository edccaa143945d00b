package io.millrace.server.grpc;

/**
 * What a request may take whose bytes become a message. Immutable.
 *
 * @param maxBytes the largest message
 * @param maxUnpackedBytes the largest one that came compressed
 * @param maxBesideBytes the most memory that its message may take beside its bytes
 */
record RequestBounds(int maxBytes, int maxUnpackedBytes, long maxBesideBytes) {
  /** More than the headers of a request become, of which an envelope is made. */
  private static final long ENVELOPE_MEMORY_BYTES = 2L << 20;

  /** Those of a message of any form. */
  static RequestBounds message(int maxBytes) {
    return new RequestBounds(maxBytes, maxBytes, Long.MAX_VALUE);
  }

  /**
   * Those of a body in an envelope, which is read on an event loop: only the body may be large, as
   * it is not looked at there. Envoy compresses no envelopes.
   */
  static RequestBounds envelope(int bodyBytes) {
    int maxBytes = MessageTracer.envelope(bodyBytes);
    return new RequestBounds(
        maxBytes, Math.min(maxBytes, MessageLimits.SMALL_BYTES), ENVELOPE_MEMORY_BYTES);
  }
}
