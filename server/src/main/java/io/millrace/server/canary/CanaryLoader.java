package io.millrace.server.canary;

import io.millrace.server.model.Servable;
import io.millrace.server.model.ServableLoader;
import io.millrace.server.model.VersionArtifact;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Has each version that it is given tried by a child process before it is loaded here. What was
 * tried once and has not changed is not tried again. Thread-safe.
 */
public final class CanaryLoader implements ServableLoader, AutoCloseable {
  private static final int MAX_REMEMBERED = 10_000;

  private final ServableLoader loader;
  private final TrialProcess trials;
  private final Set<String> passed =
      Collections.synchronizedSet(Collections.newSetFromMap(newest()));

  /**
   * @param loader loads what has passed
   * @param command starts a process that runs {@link TrialHost}
   */
  public CanaryLoader(ServableLoader loader, CanaryOptions options, TrialCommand command) {
    this.loader = loader;
    this.trials = new TrialProcess(options, command);
  }

  private static Map<String, Boolean> newest() {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
        return size() > MAX_REMEMBERED;
      }
    };
  }

  @Override
  public Servable load(VersionArtifact artifact) {
    String identity = artifact.id() + " " + artifact.fingerprint();
    if (!passed.contains(identity)) {
      trials.run(artifact);
      passed.add(identity);
    }
    return loader.load(artifact);
  }

  /** Ends the child process, if there is one. */
  @Override
  public void close() {
    trials.close();
  }
}
