package io.millrace.server.app;

/** How lines of the log are written. */
enum LogFormat {
  TEXT,
  /** One JSON object in each line. */
  JSON
}
