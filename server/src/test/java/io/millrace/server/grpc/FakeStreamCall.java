package io.millrace.server.grpc;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.millrace.openinference.ModelStreamInferResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** The transport under a stream of inferences, as full and as slow as a test says. */
final class FakeStreamCall extends ServerCall<InputStream, InputStream> {
  /** The ids of the answers that were sent. */
  final List<String> sent = new CopyOnWriteArrayList<>();

  final CompletableFuture<Status> end = new CompletableFuture<>();
  final AtomicInteger requested = new AtomicInteger();

  /** Runs before each answer is taken, on the thread that sends it. */
  volatile Runnable whenSent = () -> {};

  volatile boolean isReady = true;
  volatile boolean isCancelled;

  private final MethodDescriptor<InputStream, InputStream> method;
  private final AtomicBoolean sends = new AtomicBoolean();

  FakeStreamCall(MethodDescriptor<InputStream, InputStream> method) {
    this.method = method;
  }

  @Override
  public void request(int messages) {
    requested.addAndGet(messages);
  }

  @Override
  public void sendHeaders(Metadata headers) {}

  @Override
  public void sendMessage(InputStream message) {
    if (!sends.compareAndSet(false, true) || end.isDone()) {
      throw new IllegalStateException("two send at a time, or after the end");
    }
    whenSent.run();
    sent.add(id(message));
    sends.set(false);
  }

  private static String id(InputStream message) {
    try {
      return ModelStreamInferResponse.parseFrom(message).getInferResponse().getId();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean isReady() {
    return isReady;
  }

  @Override
  public void close(Status status, Metadata trailers) {
    if (!end.complete(status)) {
      throw new IllegalStateException("closed twice");
    }
  }

  @Override
  public boolean isCancelled() {
    return isCancelled;
  }

  @Override
  public MethodDescriptor<InputStream, InputStream> getMethodDescriptor() {
    return method;
  }
}
