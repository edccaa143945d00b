package io.millrace.server.repository;

import java.time.Instant;

/** Something on disk that may still be being written. */
interface Stamped {
  /** Differs when the thing on disk differs. */
  String fingerprint();

  /** When its newest part changed. */
  Instant newest();

  /** Whether it tells by itself that nothing of it is missing. */
  default boolean isWhole() {
    return false;
  }
}
