package io.millrace.server.grpc;

import com.google.protobuf.Empty;
import io.grpc.HandlerRegistry;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerMethodDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import org.jspecify.annotations.Nullable;

/**
 * Refuses calls of methods that the server does not have, by the {@link CallGuard}; the library
 * would give no reason. Thread-safe.
 */
final class UnknownMethods extends HandlerRegistry {
  /** OpenTelemetry's word for what a caller made up; such names must not name spans or series. */
  private static final String OTHER = "_OTHER";

  /** No message is ever read or written, so any type of message will do. */
  private static final MethodDescriptor<Empty, Empty> DESCRIPTOR =
      MethodDescriptor.<Empty, Empty>newBuilder()
          .setType(MethodType.UNARY)
          .setFullMethodName(OTHER)
          .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
          .build();

  @Override
  public ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
    return ServerMethodDefinition.create(
        DESCRIPTOR,
        (call, headers) -> {
          throw ServingException.refusal(
              Reason.UNSUPPORTED_OPERATION, "this server has no method " + Quote.of(name));
        });
  }
}
