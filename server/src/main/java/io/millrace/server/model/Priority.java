package io.millrace.server.model;

/** How urgent a call is against the other calls of its model. */
public enum Priority {
  /** Before the others, which still get their share. */
  HIGH,
  /** What a call has whose caller says nothing. */
  NORMAL
}
