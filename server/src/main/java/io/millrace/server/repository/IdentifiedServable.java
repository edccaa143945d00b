package io.millrace.server.repository;

import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Scheduling;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingStatistics;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * A servable that knows which bytes it was loaded from, what they call its classes, and what its
 * configuration says of its outputs. As thread-safe as what it wraps.
 */
final class IdentifiedServable implements Servable {
  private final Servable servable;
  private final Facts facts;
  private final Runnable whenClosed;

  /** What is known of a version beside its model. */
  record Facts(String digest, ClassLabels labels, OutputRoles roles) {}

  IdentifiedServable(Servable servable, Facts facts, Runnable whenClosed) {
    this.servable = servable;
    this.facts = facts;
    this.whenClosed = whenClosed;
  }

  @Override
  public Signature signature() {
    return servable.signature();
  }

  @Override
  public String engine() {
    return servable.engine();
  }

  @Override
  public String digest() {
    return facts.digest();
  }

  @Override
  public ClassLabels labels() {
    return facts.labels();
  }

  @Override
  public OutputRoles roles() {
    return facts.roles();
  }

  @Override
  public Scheduling scheduling() {
    return servable.scheduling();
  }

  @Override
  public ServingStatistics statistics() {
    return servable.statistics();
  }

  @Override
  public Optional<String> untried() {
    return servable.untried();
  }

  @Override
  public CompletionStage<List<Tensor>> infer(InferenceRequest request) {
    return servable.infer(request);
  }

  @Override
  public void close() {
    whenClosed.run();
    servable.close();
  }
}
