package io.millrace.server.grpc;

import io.millrace.server.lifecycle.ModelAdmin;
import io.millrace.server.lifecycle.ModelFeed;
import io.millrace.server.lifecycle.ModelStatus;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Preprocess;
import io.millrace.server.model.Scheduling;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.ServingStatistics;
import io.millrace.server.model.Signature;
import io.millrace.server.model.VersionSelector;
import java.util.List;
import java.util.Optional;

/** What the services for models read and change. Thread-safe; no method blocks. */
interface ModelCatalog {
  /** Takes the orders of operators. */
  ModelAdmin admin();

  /** Nobody waits for the end of an order any more: the server stops. */
  void endWaits();

  /** Tells of every change. */
  ModelFeed feed();

  /** Every model. */
  List<ModelStatus> models();

  /** One model, if it is known. */
  Optional<ModelStatus> model(String name);

  /**
   * The version that would answer a call now.
   *
   * @throws ServingException for the reason that the call would get
   */
  ServedVersion served(String model, VersionSelector selector);

  /**
   * What a version that serves has done.
   *
   * @throws ServingException if it does not serve, for the reason that a call would get
   */
  ServingStatistics statistics(ModelVersionId id);

  /** What a version that serves tells about itself. */
  record ServedVersion(
      ModelVersionId id,
      Signature signature,
      String engine,
      String digest,
      Scheduling scheduling,
      OutputRoles roles,
      Preprocess preprocess,
      ClassLabels labels) {}
}
