package io.millrace.server.app;

/** Whether and how each call gets a line of its own. */
enum AccessLog {
  OFF,
  TEXT,
  JSON
}
