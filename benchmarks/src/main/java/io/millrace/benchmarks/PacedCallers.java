package io.millrace.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Callers who ask at a steady pace together, each from a thread of its own. */
final class PacedCallers implements AutoCloseable {
  private static final int BY_GRPC = 16;
  private static final int BY_REST = 4;
  private static final int OF_NEIGHBOUR = 4;

  private final StampedClient client;
  private final List<PacedCaller.Ask> asks;
  private final LiveVersions live;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicBoolean calling = new AtomicBoolean();

  private PacedCallers(StampedClient client, List<PacedCaller.Ask> asks, LiveVersions live) {
    this.client = client;
    this.asks = List.copyOf(asks);
    this.live = live;
  }

  /** Callers of {@link StampedModel}, most of them by gRPC and some by REST through Envoy. */
  static PacedCallers of(StressServer server, LiveVersions live) {
    StampedClient client = new StampedClient(server);
    StampedRest rest = new StampedRest(server);
    List<PacedCaller.Ask> asks = new ArrayList<>(Collections.nCopies(BY_GRPC, client::version));
    asks.addAll(Collections.nCopies(BY_REST, rest));
    return new PacedCallers(client, asks, live);
  }

  /** Callers of a model beside it that never changes. */
  static PacedCallers ofNeighbour(StressServer server) {
    LiveVersions only = new LiveVersions();
    only.dropped(1);
    only.serves(1);
    StampedClient client = new StampedClient(server);
    return new PacedCallers(client, Collections.nCopies(OF_NEIGHBOUR, client::neighbour), only);
  }

  /** Has all of them call, so many times a second together. */
  PacedCaller.Tally start(double perSecond) {
    PacedCaller.Tally tally = new PacedCaller.Tally();
    PacedCaller.Pace pace = new PacedCaller.Pace(perSecond);
    calling.set(true);
    for (PacedCaller.Ask ask : asks) {
      PacedCaller caller = new PacedCaller(ask, live, tally);
      Thread thread = new Thread(() -> caller.run(pace, calling::get), "caller");
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
    return tally;
  }

  /** Waits until the calls that are under way have ended. */
  void stop() throws InterruptedException {
    calling.set(false);
    for (Thread thread : threads) {
      thread.join();
    }
    threads.clear();
  }

  /** Does not wait for calls that are under way. */
  @Override
  public void close() {
    calling.set(false);
    client.close();
  }
}
