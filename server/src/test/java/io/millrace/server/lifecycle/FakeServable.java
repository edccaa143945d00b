package io.millrace.server.lifecycle;

import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Servable;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Answers as the test says, counts its closes, and fails whoever uses it after one. */
public final class FakeServable implements Servable {
  private final ModelVersionId id;
  private final Signature signature;
  private final AtomicInteger closes = new AtomicInteger();
  private volatile Function<InferenceRequest, CompletionStage<List<Tensor>>> answer =
      request -> CompletableFuture.completedFuture(List.of());
  private volatile Runnable onSignature = () -> {};
  private volatile Runnable onClose = () -> {};
  private volatile String digest = "";
  private volatile ClassLabels labels = ClassLabels.NONE;
  private volatile OutputRoles roles = OutputRoles.NONE;

  public FakeServable(ModelVersionId id, Signature signature) {
    this.id = id;
    this.signature = signature;
  }

  /** One that takes nothing and gives nothing. */
  static FakeServable plain(ModelVersionId id) {
    return new FakeServable(id, new Signature(List.of(), List.of()));
  }

  public void answerWith(Function<InferenceRequest, CompletionStage<List<Tensor>>> next) {
    answer = next;
  }

  /** Runs before {@link #signature()} answers. */
  public void onSignature(Runnable action) {
    onSignature = action;
  }

  /** Runs at the end of {@link #close()}. */
  public void onClose(Runnable action) {
    onClose = action;
  }

  public int closes() {
    return closes.get();
  }

  /** What a caller with a handle relies on. */
  public void assertUsable() {
    if (closes.get() != 0) {
      throw new AssertionError(id + " is used after it was closed");
    }
  }

  @Override
  public Signature signature() {
    assertUsable();
    onSignature.run();
    return signature;
  }

  @Override
  public String engine() {
    return "fake";
  }

  public void labels(ClassLabels known) {
    labels = known;
  }

  @Override
  public ClassLabels labels() {
    assertUsable();
    return labels;
  }

  public void roles(OutputRoles said) {
    roles = said;
  }

  @Override
  public OutputRoles roles() {
    assertUsable();
    return roles;
  }

  void digest(String known) {
    digest = known;
  }

  @Override
  public String digest() {
    return digest;
  }

  @Override
  public CompletionStage<List<Tensor>> infer(InferenceRequest request) {
    assertUsable();
    return answer.apply(request);
  }

  @Override
  public void close() {
    closes.incrementAndGet();
    onClose.run();
  }
}
