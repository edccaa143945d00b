package io.millrace.server.lifecycle;

import io.millrace.server.model.BrokenVersion;
import io.millrace.server.model.VersionArtifact;

/** One step from what is to what is wanted. */
sealed interface Transition {
  /** Bring a version up that is not in memory. */
  record Load(VersionArtifact artifact) implements Transition {}

  /** Take a version that serves out of service. */
  record Unload(long version) implements Transition {}

  /** Show a version that cannot be served as failed. */
  record Fail(BrokenVersion broken) implements Transition {}

  /** Drop the record of a version that has neither memory nor folder. */
  record Forget(long version) implements Transition {}
}
