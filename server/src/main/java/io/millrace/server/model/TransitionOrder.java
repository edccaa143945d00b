package io.millrace.server.model;

/** In which order versions of a model replace each other. The names are TensorFlow Serving's. */
public enum TransitionOrder {
  /** Loads the new before the old goes: calls are always answered, and both are in memory. */
  AVAILABILITY_PRESERVING,
  /** Unloads the old before the new loads: one is in memory, and calls are refused meanwhile. */
  RESOURCE_PRESERVING
}
