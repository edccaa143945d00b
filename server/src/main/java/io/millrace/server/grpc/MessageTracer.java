package io.millrace.server.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.millrace.server.model.ServingException;
import java.util.function.Consumer;

/**
 * Counts the bytes of a call's messages as they arrive, long before they are complete, and has the
 * call refused when there is no room for them. Confined to the transport's thread.
 */
final class MessageTracer extends ServerStreamTracer {
  private static final Context.Key<MessageTracer> CURRENT = Context.key("message-tracer");

  private final MessageMemory.Share share;
  private Consumer<ServingException> refusal = failure -> {};
  private boolean refused;

  private MessageTracer(MessageMemory.Share share) {
    this.share = share;
  }

  /** Gives each stream a share of the memory for as long as it is open. */
  static ServerStreamTracer.Factory factory(MessageMemory memory) {
    return new ServerStreamTracer.Factory() {
      @Override
      public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        return new MessageTracer(memory.open());
      }
    };
  }

  /** Says how to end the call whose gRPC context is current, if it has to be refused. */
  static void onRefusal(Consumer<ServingException> refusal) {
    MessageTracer current = CURRENT.get();
    if (current != null) {
      current.refusal = refusal;
    }
  }

  @Override
  public Context filterContext(Context context) {
    return context.withValues(CURRENT, this, MessageMemory.SHARE, share);
  }

  @Override
  public void inboundWireSize(long bytes) {
    if (refused) {
      return;
    }
    try {
      share.grow(bytes);
    } catch (ServingException e) {
      refused = true;
      refusal.accept(e);
    }
  }

  @Override
  public void streamClosed(Status status) {
    share.close();
  }
}
