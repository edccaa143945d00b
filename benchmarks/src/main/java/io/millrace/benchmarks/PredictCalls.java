package io.millrace.benchmarks;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.millrace.server.bench.BytesMarshaller;
import io.millrace.v1.PredictionServiceGrpc;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Calls of Predict over several connections, which can be cancelled at any moment. Thread-safe. */
final class PredictCalls implements AutoCloseable {
  /** How an answer is told from a failure. */
  static final String ANSWERED = "OK";

  private static final MethodDescriptor<byte[], byte[]> PREDICT =
      MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodType.UNARY)
          .setFullMethodName(PredictionServiceGrpc.getPredictMethod().getFullMethodName())
          .setRequestMarshaller(new BytesMarshaller())
          .setResponseMarshaller(new BytesMarshaller())
          .build();

  private final List<ManagedChannel> channels;
  private final AtomicInteger turn = new AtomicInteger();

  PredictCalls(String address, int connections) {
    channels =
        Stream.generate(
                () ->
                    Grpc.newChannelBuilder(address, InsecureChannelCredentials.create())
                        .directExecutor()
                        .maxInboundMessageSize(Integer.MAX_VALUE)
                        .build())
            .limit(connections)
            .toList();
  }

  /** What is told of a call; it may come on any thread, also before the call is sent. */
  interface End {
    /** The answer has come; the call's end follows. */
    default void answering() {}

    /**
     * The call has ended; comes once.
     *
     * @param outcome {@link #ANSWERED}, else the code and the server's reason if it gave one
     * @param answer as it came on the wire; empty if there is none
     */
    void ended(String outcome, byte[] answer);
  }

  /** Opens a call on the next connection; nothing of it is sent yet. */
  Call open(Duration deadline, End end) {
    ManagedChannel channel = channels.get(Math.floorMod(turn.getAndIncrement(), channels.size()));
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS);
    ClientCall<byte[], byte[]> call = channel.newCall(PREDICT, options);
    call.start(new Listener(end), new Metadata());
    call.request(2);
    return new Call(call);
  }

  /** An open call. */
  record Call(ClientCall<byte[], byte[]> call) {
    void send(byte[] request) {
      call.sendMessage(request);
      call.halfClose();
    }

    void cancel() {
      call.cancel("the stress suite cancels it", null);
    }
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
  }

  /** Hands over what happens to a call. */
  private static final class Listener extends ClientCall.Listener<byte[]> {
    private final End end;
    private byte[] answer = {};

    Listener(End end) {
      this.end = end;
    }

    @Override
    public void onMessage(byte[] message) {
      answer = message;
      end.answering();
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      end.ended(status.isOk() ? ANSWERED : outcome(status, trailers), answer);
    }
  }

  private static String outcome(Status status, Metadata trailers) {
    try {
      for (Any detail : StatusProto.fromStatusAndTrailers(status, trailers).getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          return status.getCode() + " " + detail.unpack(ErrorInfo.class).getReason();
        }
      }
    } catch (InvalidProtocolBufferException e) {
      return status.getCode() + " with details that are none";
    }
    return status.getCode().name();
  }
}
