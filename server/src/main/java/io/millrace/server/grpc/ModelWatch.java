package io.millrace.server.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.millrace.server.lifecycle.ModelChange;
import io.millrace.server.lifecycle.ModelFeed;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.v1.ModelEvent;
import io.millrace.v1.WatchModelsRequest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One call of WatchModels: takes changes as fast as they come and sends them as fast as the caller
 * reads. Thread-safe: the feed adds, the call's event loop sends.
 */
final class ModelWatch implements ModelFeed.Watcher {
  /** So many changes may wait for the caller; with one more it is too slow. */
  static final int MOST_WAITING = 1_024;

  private final ServerCallStreamObserver<ModelEvent> call;
  private final Set<String> names;

  // Guarded by this.
  private final Deque<ModelChange> waiting = new ArrayDeque<>();
  private int room = MOST_WAITING;
  private boolean ended;

  private ModelWatch(ServerCallStreamObserver<ModelEvent> call, Set<String> names) {
    this.call = call;
    this.names = names;
  }

  /** Watches until the caller or the server ends the call. */
  static void begin(
      ModelFeed feed, WatchModelsRequest request, ServerCallStreamObserver<ModelEvent> call) {
    request.getNamesList().forEach(name -> RequestFields.modelName("names", name));
    ModelWatch watch = new ModelWatch(call, Set.copyOf(request.getNamesList()));
    Runnable end =
        () -> {
          watch.end();
          feed.unwatch(watch);
        };
    call.setOnCancelHandler(end);
    call.setOnCloseHandler(end);
    call.setOnReadyHandler(watch::send);
    feed.watch(request.getResumeToken(), watch);
  }

  @Override
  public synchronized void begins(List<ModelChange> first) {
    // What there is has as many events as there are versions, and waits as a whole.
    first.stream().filter(this::isWanted).forEach(waiting::add);
    room = MOST_WAITING + waiting.size();
    send();
  }

  @Override
  public synchronized void changed(ModelChange change) {
    if (ended || !isWanted(change)) {
      return;
    }
    waiting.add(change);
    send();
    if (waiting.size() > room) {
      end();
      call.onError(CallFailure.status(tooSlow(), Map.of()).asRuntimeException());
    }
  }

  /** A mark has no model, and is for all. */
  private boolean isWanted(ModelChange change) {
    return names.isEmpty() || change.model().isEmpty() || names.contains(change.model());
  }

  private synchronized void send() {
    while (!ended && !waiting.isEmpty() && call.isReady()) {
      call.onNext(encode(waiting.remove()));
    }
    room = Math.max(MOST_WAITING, Math.min(room, waiting.size() + MOST_WAITING));
  }

  private synchronized void end() {
    ended = true;
    waiting.clear();
  }

  private static ServingException tooSlow() {
    return ServingException.refusal(
        Reason.WATCHER_TOO_SLOW,
        "%d changes wait for this watcher to read them; watch again with the last resume_token"
            .formatted(MOST_WAITING));
  }

  private static ModelEvent encode(ModelChange change) {
    ModelEvent.Builder event =
        ModelEvent.newBuilder()
            .setResumeToken(change.token())
            .setName(change.model())
            .putAllLabels(change.labels());
    change.version().map(VersionStatusCodec::encode).ifPresent(event::setModelVersionStatus);
    return event.build();
  }
}
