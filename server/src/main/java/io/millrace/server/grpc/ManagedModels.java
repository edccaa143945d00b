package io.millrace.server.grpc;

import io.millrace.server.lifecycle.ModelAdmin;
import io.millrace.server.lifecycle.ModelFeed;
import io.millrace.server.lifecycle.ModelManager;
import io.millrace.server.lifecycle.ModelStatus;
import io.millrace.server.lifecycle.ServableHandle;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.ServingStatistics;
import io.millrace.server.model.VersionSelector;
import java.util.List;
import java.util.Optional;

/** The catalog of the models that a manager holds. */
record ManagedModels(ModelManager manager) implements ModelCatalog {
  @Override
  public ModelAdmin admin() {
    return manager.admin();
  }

  @Override
  public void endWaits() {
    manager.admin().endWaits();
  }

  @Override
  public ModelFeed feed() {
    return manager.feed();
  }

  @Override
  public List<ModelStatus> models() {
    return manager.models();
  }

  @Override
  public Optional<ModelStatus> model(String name) {
    return manager.model(name);
  }

  @Override
  public ServedVersion served(String model, VersionSelector selector) {
    try (ServableHandle handle = manager.acquire(model, selector)) {
      return new ServedVersion(
          handle.id(),
          handle.servable().signature(),
          handle.servable().engine(),
          handle.servable().digest(),
          handle.servable().scheduling(),
          handle.servable().roles(),
          handle.config().preprocess(),
          handle.servable().labels());
    }
  }

  @Override
  public ServingStatistics statistics(ModelVersionId id) {
    try (ServableHandle handle =
        manager.acquire(id.model(), new VersionSelector.ByNumber(id.version()))) {
      return handle.servable().statistics();
    }
  }
}
