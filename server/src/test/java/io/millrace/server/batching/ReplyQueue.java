package io.millrace.server.batching;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Keeps the replies until the test runs them on its own thread. Thread-safe. */
final class ReplyQueue implements Executor {
  private final BlockingQueue<Runnable> replies = new LinkedBlockingQueue<>();

  @Override
  public void execute(Runnable reply) {
    replies.add(reply);
  }

  /** Waits for the next reply and runs it. */
  void runNext() throws InterruptedException {
    Runnable reply = replies.poll(20, TimeUnit.SECONDS);
    if (reply == null) {
      throw new IllegalStateException("no reply came");
    }
    reply.run();
  }
}
