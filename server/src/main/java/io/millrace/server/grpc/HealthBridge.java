package io.millrace.server.grpc;

import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.millrace.server.lifecycle.VersionListener;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.lifecycle.VersionStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells by grpc.health.v1 what the manager announces: the server as a whole under "" and under the
 * name of each service, and each model under {@code model/<name>}, which serves as long as one of
 * its versions is READY and is unknown once all of them are UNLOADED.
 *
 * <p>Its state is confined to the lifecycle thread, which calls the listener's methods; {@link
 * #enterDraining} may come from any thread.
 */
final class HealthBridge implements VersionListener {
  private static final String MODEL_PREFIX = "model/";

  private final HealthStatusManager health;
  private final List<String> services;
  private final Map<String, Map<Long, VersionState>> versions = new HashMap<>();

  /**
   * @param services names that follow the server's readiness
   */
  HealthBridge(HealthStatusManager health, List<String> services) {
    this.health = health;
    this.services = List.copyOf(services);
    // The library begins with "" serving.
    setServer(ServingStatus.NOT_SERVING);
  }

  @Override
  public void onVersionChanged(VersionStatus status) {
    String model = status.id().model();
    Map<Long, VersionState> states = versions.computeIfAbsent(model, name -> new HashMap<>());
    if (status.state() == VersionState.UNLOADED) {
      states.remove(status.id().version());
    } else {
      states.put(status.id().version(), status.state());
    }
    if (states.isEmpty()) {
      versions.remove(model);
      health.clearStatus(MODEL_PREFIX + model);
    } else {
      health.setStatus(MODEL_PREFIX + model, servingIf(states.containsValue(VersionState.READY)));
    }
  }

  @Override
  public void onReadinessChanged(boolean ready) {
    setServer(servingIf(ready));
  }

  /** Everything is NOT_SERVING from now on, whatever the manager announces. */
  void enterDraining() {
    health.enterTerminalState();
  }

  private void setServer(ServingStatus status) {
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
    services.forEach(service -> health.setStatus(service, status));
  }

  private static ServingStatus servingIf(boolean serving) {
    return serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }
}
