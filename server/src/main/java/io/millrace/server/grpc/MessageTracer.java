package io.millrace.server.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Counts the bytes of a call's messages as they arrive, long before they are complete, and has the
 * call refused when one is too large or there is no room for them. The library's own limit would
 * end such a call without a reason. Confined to the transport's thread.
 */
final class MessageTracer extends ServerStreamTracer {
  private static final Context.Key<MessageTracer> CURRENT = Context.key("message-tracer");

  /** More than the headers of a request may have, of which an envelope is made. */
  private static final int ENVELOPE_BYTES = 64 << 10;

  private final MessageMemory.Share share;
  private final CallersTurn turn;
  private final int maxMessageBytes;
  private long messageBytes;
  private boolean takesSeveral;
  private Consumer<ServingException> refusal = failure -> {};
  private boolean refused;

  private MessageTracer(MessageMemory.Share share, CallersTurn turn, int maxMessageBytes) {
    this.share = share;
    this.turn = turn;
    this.maxMessageBytes = maxMessageBytes;
  }

  /**
   * Gives each stream a share of the memory for as long as it is open.
   *
   * @param stalled gives up those that do not go on
   */
  static ServerStreamTracer.Factory factory(
      MessageMemory memory, StalledCalls stalled, MessageLimits limits) {
    return new ServerStreamTracer.Factory() {
      @Override
      public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        MessageMemory.Share share = memory.open();
        return new MessageTracer(share, new CallersTurn(stalled, share), limits.of(method));
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

  /** The largest message that carries a body of so many bytes, a content type and a path. */
  static int envelope(int bodyBytes) {
    return bodyBytes + ENVELOPE_BYTES;
  }

  static ServingException tooLarge(int maxMessageBytes) {
    return ServingException.refusal(
            Reason.MESSAGE_TOO_LARGE,
            "the request is larger than the limit of %d bytes".formatted(maxMessageBytes))
        .about(Map.of("limitBytes", Integer.toString(maxMessageBytes)));
  }

  @Override
  public Context filterContext(Context context) {
    return turn.within(context.withValues(CURRENT, this, MessageMemory.SHARE, share));
  }

  @Override
  public void serverCallStarted(ServerCallInfo<?, ?> call) {
    takesSeveral = call.getMethodDescriptor().getType() == MethodType.BIDI_STREAMING;
  }

  @Override
  public void inboundMessage(int number) {
    messageBytes = 0;
    turn.requestComes();
  }

  /** Where a call has one request, that is whole when nothing can follow. */
  @Override
  public void inboundMessageRead(int number, long wireSize, long uncompressedSize) {
    if (takesSeveral) {
      turn.requestIsWhole();
    }
  }

  @Override
  public void inboundWireSize(long bytes) {
    if (refused) {
      return;
    }
    messageBytes += bytes;
    try {
      if (messageBytes > envelope(maxMessageBytes)) {
        throw tooLarge(maxMessageBytes);
      }
      share.grow(bytes);
      turn.requestTakesMemory();
    } catch (ServingException e) {
      refused = true;
      refusal.accept(e);
    }
  }

  @Override
  public void streamClosed(Status status) {
    turn.end();
    share.close();
  }
}
