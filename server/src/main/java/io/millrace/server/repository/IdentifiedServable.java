package io.millrace.server.repository;

import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Scheduling;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingStatistics;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * A servable that knows which bytes it was loaded from, and what they call its classes. As
 * thread-safe as what it wraps.
 */
final class IdentifiedServable implements Servable {
  private final Servable servable;
  private final String digest;
  private final ClassLabels labels;
  private final Runnable whenClosed;

  IdentifiedServable(Servable servable, String digest, ClassLabels labels, Runnable whenClosed) {
    this.servable = servable;
    this.digest = digest;
    this.labels = labels;
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
    return digest;
  }

  @Override
  public ClassLabels labels() {
    return labels;
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
  public CompletionStage<List<Tensor>> infer(InferenceRequest request) {
    return servable.infer(request);
  }

  @Override
  public void close() {
    whenClosed.run();
    servable.close();
  }
}
