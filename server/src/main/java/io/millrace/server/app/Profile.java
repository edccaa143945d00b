package io.millrace.server.app;

/** A set of defaults; each of them can be set on its own. */
enum Profile {
  /** A developer's own machine: everything that helps to try things out is on. */
  LAPTOP,
  /**
   * A server for others: smaller messages, nothing executable from the repository, no reflection.
   */
  PRODUCTION
}
