package io.millrace.server.model;

/** Who may run the calls of a model, or one of them. */
public enum RunPlace {
  /**
   * The event loop that brings a call, if it takes microseconds by measurement, else an instance.
   */
  AUTO,
  /** The event loop, whatever a call is measured to take, unless calls hold it up. */
  EVENT_LOOP,
  /** The instances alone. */
  INSTANCES
}
