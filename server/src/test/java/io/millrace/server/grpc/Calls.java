package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.millrace.server.bench.BytesMarshaller;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Makes calls that no stub would make, and reads how they end. */
final class Calls {
  private static final BytesMarshaller BYTES = new BytesMarshaller();

  private Calls() {}

  /** How a call ended. */
  record End(Status status, Metadata trailers) {
    Status.Code code() {
      return status.getCode();
    }

    String message() {
      return String.valueOf(status.getDescription());
    }

    /** The reason in the details; empty if there are none. */
    String reason() {
      return info().map(ErrorInfo::getReason).orElse("");
    }

    Optional<ErrorInfo> info() {
      com.google.rpc.Status details = StatusProto.fromStatusAndTrailers(status, trailers);
      return details == null
          ? Optional.empty()
          : details.getDetailsList().stream()
              .filter(any -> any.is(ErrorInfo.class))
              .map(End::unpack)
              .findFirst();
    }

    private static ErrorInfo unpack(Any any) {
      try {
        return any.unpack(ErrorInfo.class);
      } catch (InvalidProtocolBufferException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** Sends the bytes as messages of a method and waits for the end. */
  static End raw(Channel channel, String method, Metadata headers, byte[]... messages) {
    return raw(channel, method, CallOptions.DEFAULT, headers, messages);
  }

  static End raw(
      Channel channel, String method, CallOptions options, Metadata headers, byte[]... messages) {
    MethodDescriptor<byte[], byte[]> descriptor =
        MethodDescriptor.newBuilder(BYTES, BYTES)
            .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
            .setFullMethodName(method)
            .build();
    ClientCall<byte[], byte[]> call = channel.newCall(descriptor, options);
    CompletableFuture<End> end = new CompletableFuture<>();
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            end.complete(new End(status, trailers));
          }
        },
        headers);
    call.request(Integer.MAX_VALUE);
    if (options.getCompressor() != null) {
      call.setMessageCompression(true);
    }
    for (byte[] message : messages) {
      call.sendMessage(message);
    }
    call.halfClose();
    return end.orTimeout(20, TimeUnit.SECONDS).join();
  }

  /** How a call of a stub ended, which must have failed. */
  static End failed(Callable<?> call) {
    try {
      Object answer = call.call();
      throw new AssertionError("expected a failure, got " + answer);
    } catch (StatusRuntimeException e) {
      assertThat(e.getTrailers()).isNotNull();
      return new End(e.getStatus(), e.getTrailers());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
