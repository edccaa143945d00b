package io.millrace.benchmarks;

/**
 * Which versions an answer may come from while versions are replaced, each by the next one. Written
 * by one thread, read by any.
 */
final class LiveVersions {
  private volatile long oldest;
  private volatile long newest;

  /** From now on this version may answer. */
  void dropped(long version) {
    newest = version;
  }

  /** From now on no call that begins may be answered by an older version. */
  void serves(long version) {
    oldest = version;
  }

  /** To be asked before a call is sent. */
  long oldest() {
    return oldest;
  }

  /** To be asked when its answer has come. */
  long newest() {
    return newest;
  }
}
