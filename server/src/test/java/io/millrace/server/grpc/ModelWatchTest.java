package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.millrace.server.lifecycle.Wishes;
import io.millrace.v1.ModelEvent;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.WatchModelsRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** WatchModels by gRPC. */
final class ModelWatchTest {
  private final AdminDoor door = new AdminDoor();

  @AfterEach
  void close() {
    door.close();
  }

  /** Reads as many events as it is told to. */
  private static final class Reader
      implements ClientResponseObserver<WatchModelsRequest, ModelEvent> {
    final BlockingQueue<ModelEvent> events = new LinkedBlockingQueue<>();
    final CompletableFuture<StatusRuntimeException> end = new CompletableFuture<>();
    private final CompletableFuture<ClientCallStreamObserver<WatchModelsRequest>> call =
        new CompletableFuture<>();

    @Override
    public void beforeStart(ClientCallStreamObserver<WatchModelsRequest> requests) {
      requests.disableAutoRequestWithInitial(0);
      call.complete(requests);
    }

    Reader read(int count) {
      call.join().request(count);
      return this;
    }

    @Override
    public void onNext(ModelEvent event) {
      events.add(event);
    }

    @Override
    public void onError(Throwable failure) {
      end.complete((StatusRuntimeException) failure);
    }

    @Override
    public void onCompleted() {
      end.completeExceptionally(new AssertionError("a watch does not end well"));
    }

    Calls.End end() {
      StatusRuntimeException failure = end.orTimeout(20, TimeUnit.SECONDS).join();
      return new Calls.End(failure.getStatus(), failure.getTrailers());
    }

    ModelEvent next() {
      try {
        ModelEvent event = events.poll(20, TimeUnit.SECONDS);
        if (event == null) {
          throw new AssertionError("no event came");
        }
        return event;
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    /** Up to the one that says so, which it includes. */
    List<ModelEvent> until(java.util.function.Predicate<ModelEvent> last) {
      List<ModelEvent> read = new ArrayList<>();
      do {
        read.add(next());
      } while (!last.test(read.get(read.size() - 1)));
      return read;
    }
  }

  private Reader watch(String token, String... names) {
    Reader reader = new Reader();
    ModelServiceGrpc.newStub(door.channel)
        .watchModels(
            WatchModelsRequest.newBuilder()
                .setResumeToken(token)
                .addAllNames(List.of(names))
                .build(),
            reader);
    return reader;
  }

  private static boolean isMark(ModelEvent event) {
    return event.getName().isEmpty() && !event.getResumeToken().isEmpty();
  }

  private static boolean isAvailable(ModelEvent event, long version) {
    return text(event).equals("iris/%d AVAILABLE".formatted(version));
  }

  private static String text(ModelEvent event) {
    return event.getName()
        + "/"
        + event.getModelVersionStatus().getVersion()
        + " "
        + event.getModelVersionStatus().getState();
  }

  @Test
  void aWatch_showsWhatThereIs_andThenEachChange() {
    door.manager.accept(Wishes.labelled(Wishes.newest(1, 1), Map.of("stable", 1L)));
    Reader before = watch("").read(100);
    before.until(event -> isAvailable(event, 1));

    Reader reader = watch("").read(100);
    List<ModelEvent> snapshot = reader.until(ModelWatchTest::isMark);
    assertThat(snapshot).hasSize(2);
    assertThat(text(snapshot.get(0))).isEqualTo("iris/1 AVAILABLE");
    assertThat(snapshot.get(0).getResumeToken()).isEmpty();
    assertThat(snapshot.get(0).getLabelsMap()).containsExactly(Map.entry("stable", 1L));

    door.manager.accept(Wishes.newest(2, 2, 1));
    List<ModelEvent> changes = reader.until(event -> isAvailable(event, 2));
    assertThat(changes)
        .allSatisfy(event -> assertThat(event.getResumeToken()).isNotEmpty())
        .extracting(ModelWatchTest::text)
        .contains("iris/2 START", "iris/2 LOADING", "iris/2 AVAILABLE");
  }

  @Test
  void aWatchThatResumes_beginsBehindItsToken() {
    Reader reader = watch("").read(100);
    assertThat(isMark(reader.next())).isTrue();
    door.manager.accept(Wishes.newest(1, 1));
    List<ModelEvent> seen = reader.until(event -> isAvailable(event, 1));

    Reader resumed = watch(seen.get(seen.size() - 2).getResumeToken()).read(100);

    assertThat(resumed.next()).isEqualTo(seen.get(seen.size() - 1));
  }

  @Test
  void aWatchOfOneModel_hearsNothingOfOthers() {
    Reader reader = watch("", "rose").read(100);
    assertThat(isMark(reader.next())).isTrue();

    door.manager.accept(Wishes.newest(1, 1));
    watch("").read(100).until(event -> isAvailable(event, 1));

    assertThat(reader.events).isEmpty();
  }

  @Test
  void aWatcherThatDoesNotRead_isEnded_andCanResume() {
    Reader reader = watch("").read(1);
    String token = reader.next().getResumeToken();
    // What the transport takes without being asked counts for nothing, so there are many more.
    for (int i = 0; i < 20 * ModelWatch.MOST_WAITING && !reader.end.isDone(); i++) {
      String label = "l".repeat(200) + i;
      door.manager.accept(Wishes.labelled(Wishes.newest(1, 1), Map.of(label, 1L)));
      awaitLabel(label);
    }
    reader.read(1_000_000);

    Calls.End end = reader.end();
    assertThat(end.code()).isEqualTo(Status.Code.ABORTED);
    assertThat(end.reason()).isEqualTo("WATCHER_TOO_SLOW");
    List<ModelEvent> received = new ArrayList<>(reader.events);
    String last = received.isEmpty() ? token : received.get(received.size() - 1).getResumeToken();
    assertThat(watch(last).read(1).next().getName()).isEqualTo(Wishes.MODEL);
  }

  private void awaitLabel(String label) {
    while (door.manager.model(Wishes.MODEL).stream()
        .noneMatch(model -> model.labels().containsKey(label))) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aNameThatIsNone_isMalformed() {
    assertThat(watch("", "a b").read(1).end().reason()).isEqualTo("REQUEST_MALFORMED");
  }

  @Test
  void aStop_endsTheWatch() {
    Reader reader = watch("").read(100);
    reader.until(ModelWatchTest::isMark);

    door.server.stop(Duration.ofSeconds(5));

    assertThat(reader.end().reason()).isEqualTo("SERVER_DRAINING");
  }
}
