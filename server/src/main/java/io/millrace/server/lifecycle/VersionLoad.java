package io.millrace.server.lifecycle;

import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;

/**
 * One load and who wants to hear of it. Confined to the lifecycle thread, but for its artifact. One
 * of {@code loaded}, {@code failed} and {@code dropped} comes, once; {@code returned} may follow.
 */
interface VersionLoad {
  VersionArtifact artifact();

  /** A thread has taken it up. */
  void begun();

  void loaded(Servable servable);

  void failed(ServingException problem);

  /** It was not begun, because the server stops. */
  void dropped();

  /** It took too long and was given up. */
  void gaveUp(ServingException problem);

  /** It had been given up and made a servable after all, which must be closed and never served. */
  void cameLate(Servable servable);

  /**
   * What had been given up has ended.
   *
   * @param problem that it took too long
   */
  void returned(ServingException problem);
}
