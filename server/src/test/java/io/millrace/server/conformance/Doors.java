package io.millrace.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.ErrorDetailsProto;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.millrace.server.app.RestCalls;
import io.millrace.server.app.RestCalls.Answer;
import io.millrace.server.bench.BytesMarshaller;
import java.util.concurrent.TimeUnit;

/** Sends calls to the real server: by gRPC to itself, by REST to the Envoy before it. */
record Doors(ManagedChannel channel, RestCalls rest) {
  private static final BytesMarshaller BYTES = new BytesMarshaller();

  /** As Envoy is told to print. */
  private static final JsonFormat.Printer JSON =
      JsonFormat.printer()
          .usingTypeRegistry(
              TypeRegistry.newBuilder()
                  .add(ErrorDetailsProto.getDescriptor().getMessageTypes())
                  .build())
          .preservingProtoFieldNames()
          .alwaysPrintFieldsWithNoPresence();

  Reply send(Request request) {
    return switch (request.door()) {
      case GRPC -> byGrpc(request);
      case STREAM -> byStream(request);
      case REST -> byRest(request);
    };
  }

  private Reply byGrpc(Request request) {
    try {
      byte[] answer =
          ClientCalls.blockingUnaryCall(
              channel, method(request, MethodType.UNARY), options(), request.body().toByteArray());
      return new Reply(0, 0, ByteString.copyFrom(answer));
    } catch (StatusRuntimeException e) {
      return refusal(e);
    }
  }

  private static MethodDescriptor<byte[], byte[]> method(Request request, MethodType type) {
    return MethodDescriptor.newBuilder(BYTES, BYTES)
        .setType(type)
        .setFullMethodName(request.target())
        .build();
  }

  private static CallOptions options() {
    return CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  private Reply byStream(Request request) {
    StreamedAnswers answers = new StreamedAnswers();
    StreamObserver<byte[]> requests =
        ClientCalls.asyncBidiStreamingCall(
            channel.newCall(method(request, MethodType.BIDI_STREAMING), options()), answers);
    requests.onNext(request.body().toByteArray());
    requests.onCompleted();
    try {
      return new Reply(0, 0, ByteString.copyFrom(answers.only()));
    } catch (StatusRuntimeException e) {
      return refusal(e);
    }
  }

  private static Reply refusal(StatusRuntimeException failure) {
    com.google.rpc.Status status = StatusProto.fromThrowable(failure);
    assertThat(status).as("details of %s", failure).isNotNull();
    assertThat(status.getCode()).isEqualTo(failure.getStatus().getCode().value());
    assertThat(status.getMessage()).isEqualTo(failure.getStatus().getDescription());
    try {
      // What REST calls error is called message here; nothing else differs.
      String json = JSON.print(status).replaceFirst("\"message\":", "\"error\":");
      return new Reply(0, status.getCode(), ByteString.copyFromUtf8(json));
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private Reply byRest(Request request) {
    Answer answer =
        rest.post(
            request.target(),
            request.body().toByteArray(),
            request.headers().toArray(String[]::new));
    ByteString body = ByteString.copyFrom(answer.response().body());
    if (answer.status() == 200) {
      String head = answer.header(OpenInferenceBinary.HEAD_LENGTH);
      return new Reply(200, 0, body, head.isEmpty() ? body.size() : Integer.parseInt(head));
    }
    int code = Integer.parseInt(Json.of(answer.text()).get("code").text());
    return new Reply(answer.status(), code, body);
  }
}
