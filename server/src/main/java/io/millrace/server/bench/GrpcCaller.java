package io.millrace.server.bench;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.v1.PredictionServiceGrpc;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Calls by gRPC. Messages stay bytes: the client shall take as little as possible of a machine that
 * it may share with the server.
 */
final class GrpcCaller implements Caller {
  private final List<ManagedChannel> channels;
  private final MethodDescriptor<byte[], byte[]> method;
  private final AtomicInteger turn = new AtomicInteger();

  GrpcCaller(String address, Protocol protocol, int connections) {
    this.method =
        protocol == Protocol.PREDICT
            ? bytes(PredictionServiceGrpc.getPredictMethod())
            : bytes(GRPCInferenceServiceGrpc.getModelInferMethod());
    this.channels = Stream.generate(() -> channel(address)).limit(connections).toList();
  }

  static ManagedChannel channel(String address) {
    return Grpc.newChannelBuilder(address, InsecureChannelCredentials.create())
        // Callbacks only count and send: a hand-over to another thread would cost more than they.
        .directExecutor()
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .build();
  }

  private static MethodDescriptor<byte[], byte[]> bytes(MethodDescriptor<?, ?> method) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodType.UNARY)
        .setFullMethodName(method.getFullMethodName())
        .setRequestMarshaller(new BytesMarshaller())
        .setResponseMarshaller(new BytesMarshaller())
        .build();
  }

  @Override
  public void call(byte[] request, long deadlineNanos, End end) {
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter(deadlineNanos, TimeUnit.NANOSECONDS);
    // Often this runs in the callback of the call before. With that call's context as its parent
    // each call would lengthen a chain that is never let go.
    Context caller = Context.ROOT.attach();
    try {
      ClientCall<byte[], byte[]> call = nextChannel().newCall(method, options);
      call.start(new Listener(end), new Metadata());
      call.request(2);
      call.sendMessage(request);
      call.halfClose();
    } finally {
      Context.ROOT.detach(caller);
    }
  }

  private ManagedChannel nextChannel() {
    return channels.size() == 1
        ? channels.get(0)
        : channels.get(Math.floorMod(turn.getAndIncrement(), channels.size()));
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
  }

  /** Hands the end of a call over. */
  private static final class Listener extends ClientCall.Listener<byte[]> {
    private final End end;
    private byte[] answer = {};

    Listener(End end) {
      this.end = end;
    }

    @Override
    public void onMessage(byte[] message) {
      answer = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (status.isOk()) {
        end.answered(answer);
      } else {
        String reason = reason(status, trailers);
        String code = status.getCode().name();
        end.failed(reason.isEmpty() ? code : code + " " + reason, text(status));
      }
    }
  }

  /** What broke the connection, else what the server said. */
  static String text(Status status) {
    @Nullable Throwable cause = status.getCause();
    while (cause != null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause == null
        ? String.valueOf(status.getDescription())
        : String.valueOf(cause.getMessage());
  }

  /** The reason in the error's details, or nothing. */
  private static String reason(Status status, Metadata trailers) {
    com.google.rpc.Status details = StatusProto.fromStatusAndTrailers(status, trailers);
    try {
      for (Any detail : details.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          return detail.unpack(ErrorInfo.class).getReason();
        }
      }
    } catch (InvalidProtocolBufferException e) {
      return "";
    }
    return "";
  }
}
