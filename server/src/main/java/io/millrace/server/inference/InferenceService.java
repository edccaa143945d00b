package io.millrace.server.inference;

import io.millrace.server.lifecycle.ModelManager;
import io.millrace.server.lifecycle.ServableHandle;
import io.millrace.server.model.CallObserver;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import io.opentelemetry.api.OpenTelemetry;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Chooses the version, checks the request against its signature, and runs it. Thread-safe. */
public final class InferenceService {
  /** Outputs up to this size are written at once: some milliseconds as JSON, microseconds else. */
  private static final long MOST_AT_ONCE = 256 << 10;

  private final ModelManager manager;
  private final AdmissionLimiter limiter;
  private final InferenceOptions options;
  private final Callers callers;
  private final LongSupplier nanoTime;

  /**
   * Where calls come from, and where their answers go.
   *
   * @param observers gives the observer of the call that the current thread handles; asked once in
   *     each {@link #infer}
   * @param writers complete large answers, whose form on the wire is written by whoever completes
   *     them: small ones would wait behind that for seconds
   */
  public record Callers(Supplier<CallObserver> observers, Executor writers) {}

  /** A service whose calls nobody follows, and all of whose answers are small. */
  public InferenceService(ModelManager manager, InferenceOptions options) {
    this(manager, options, new Callers(() -> CallObserver.NONE, Runnable::run));
  }

  public InferenceService(ModelManager manager, InferenceOptions options, Callers callers) {
    this(manager, options, callers, System::nanoTime);
  }

  /** This service, which from now on tells how much it has taken on. */
  public InferenceService measuredBy(OpenTelemetry telemetry) {
    InferenceMetrics.show(limiter, telemetry);
    return this;
  }

  /**
   * @param nanoTime the clock that deadlines are on
   */
  InferenceService(
      ModelManager manager, InferenceOptions options, Callers callers, LongSupplier nanoTime) {
    this.manager = manager;
    this.callers = callers;
    this.limiter = new AdmissionLimiter(options.maxInFlightBytes());
    this.options = options;
    this.nanoTime = nanoTime;
  }

  /**
   * Runs one request without blocking the caller. The stage ends exceptionally with a
   * ServingException; it ends on the calling thread if the request is refused, else on a reply
   * thread, or on a writer if the answer is large.
   */
  public CompletionStage<InferenceResponse> infer(InferenceRequest request) {
    try {
      refuseIfLate(request);
      return run(request, manager.acquire(request.model(), request.version()));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(asServingException(e));
    }
  }

  private void refuseIfLate(InferenceRequest request) {
    if (isLate(request)) {
      throw ServingException.refusal(
          Reason.DEADLINE_IN_QUEUE, "the deadline had passed before the call arrived");
    }
  }

  /** Takes over the handle. */
  private CompletionStage<InferenceResponse> run(InferenceRequest request, ServableHandle handle) {
    CallObserver observer = callers.observers().get();
    observer.versionChosen(handle.id(), handle.servable().engine());
    long bytes = bytes(request.inputs());
    try {
      InferenceRequest valid = RequestValidator.validate(request, handle.servable().signature());
      Told told = told(valid, handle);
      long rows = Rows.of(valid, handle.servable().signature());
      requireFewRows(rows);
      observer.accepted(rows, valid.deadlineNanos());
      Optional<List<Tensor>> empty = EmptyAnswer.of(valid, handle.servable().signature());
      if (empty.isPresent()) {
        CompletableFuture<InferenceResponse> answer = new CompletableFuture<>();
        complete(answer, told, empty.get());
        handle.close();
        return answer;
      }
      limiter.admit(bytes);
      return answer(valid.observedBy(observer, rows), told, handle, bytes);
    } catch (RuntimeException | Error e) {
      handle.close();
      throw e;
    }
  }

  private void requireFewRows(long rows) {
    if (rows > options.maxRows()) {
      throw ServingException.refusal(
          Reason.MESSAGE_TOO_LARGE,
          "the call has %d rows, the limit is %d; spread them over several calls, or raise --max-rows"
              .formatted(rows, options.maxRows()));
    }
  }

  private CompletionStage<InferenceResponse> answer(
      InferenceRequest request, Told told, ServableHandle handle, long bytes) {
    CompletableFuture<InferenceResponse> answer = new CompletableFuture<>();
    started(request, handle)
        .whenComplete(
            (outputs, failure) -> {
              limiter.release(bytes);
              handle.close();
              if (failure != null) {
                answer.completeExceptionally(asServingException(failure));
              } else if (bytes(outputs) > MOST_AT_ONCE) {
                callers.writers().execute(() -> completeInTime(request, answer, told, outputs));
              } else {
                completeInTime(request, answer, told, outputs);
              }
            });
    return answer;
  }

  private void completeInTime(
      InferenceRequest request,
      CompletableFuture<InferenceResponse> answer,
      Told told,
      List<Tensor> outputs) {
    if (isLate(request)) {
      answer.completeExceptionally(tooLate());
    } else {
      complete(answer, told, outputs);
    }
  }

  /** Makes the answer of what a version gave. */
  private interface Told {
    InferenceResponse of(List<Tensor> outputs, AnswerRoom room);
  }

  private static Told told(InferenceRequest request, ServableHandle handle) {
    ModelVersionId id = handle.id();
    ClassLabels labels = handle.servable().labels();
    NamedClasses classes = NamedClasses.of(request, handle.servable());
    return (outputs, room) -> classes.in(new InferenceResponse(id, outputs, labels), room);
  }

  /** The naming of classes can fail, and takes room until the answer has been taken over. */
  private void complete(
      CompletableFuture<InferenceResponse> answer, Told told, List<Tensor> outputs) {
    try (AnswerRoom room = answerRoom()) {
      answer.complete(told.of(outputs, room));
    } catch (RuntimeException | Error e) {
      answer.completeExceptionally(asServingException(e));
    }
  }

  /**
   * Memory for an answer that names classes, for a door that writes their names itself; to be
   * closed when the answer is handed over.
   */
  public AnswerRoom answerRoom() {
    return new AnswerRoom(limiter, options.maxAnswerBytes());
  }

  private boolean isLate(InferenceRequest request) {
    return nanoTime.getAsLong() - request.deadlineNanos() >= 0;
  }

  private static ServingException tooLate() {
    return ServingException.refusal(
        Reason.DEADLINE_IN_ENGINE, "the deadline passed while the model ran");
  }

  private static ServingException asServingException(Throwable failure) {
    return failure instanceof ServingException expected
        ? expected
        : ServingException.failure(
            Reason.INTERNAL_ERROR, "the server failed while it ran the model", failure);
  }

  /** A servable that throws instead of failing its stage must not keep the loan. */
  private static CompletionStage<List<Tensor>> started(
      InferenceRequest request, ServableHandle handle) {
    try {
      return handle.servable().infer(request);
    } catch (Throwable e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static long bytes(List<Tensor> tensors) {
    long bytes = 0;
    for (Tensor tensor : tensors) {
      bytes += tensor.byteCount();
    }
    return bytes;
  }
}
