package io.millrace.server.grpc;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.server.security.Authorizer;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.RestServiceGrpc;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Lets only those call what changes models who may, before anything of the request is read. Stands
 * behind the {@link CallGuard}, which makes a status of the refusal. Thread-safe.
 */
final class AdminGuard implements ServerInterceptor {
  /** The methods that change models, of all families. */
  static final Set<String> METHODS =
      Set.of(
          ModelServiceGrpc.getLoadModelMethod().getFullMethodName(),
          ModelServiceGrpc.getUnloadModelMethod().getFullMethodName(),
          ModelServiceGrpc.getReloadModelMethod().getFullMethodName(),
          ModelServiceGrpc.getSetLabelMethod().getFullMethodName(),
          io.millrace.tensorflow.serving.ModelServiceGrpc.getHandleReloadConfigRequestMethod()
              .getFullMethodName(),
          GRPCInferenceServiceGrpc.getRepositoryModelLoadMethod().getFullMethodName(),
          GRPCInferenceServiceGrpc.getRepositoryModelUnloadMethod().getFullMethodName(),
          RestServiceGrpc.getV2RepositoryModelLoadMethod().getFullMethodName(),
          RestServiceGrpc.getV2RepositoryModelUnloadMethod().getFullMethodName());

  private static final Metadata.Key<String> FORWARDED_FOR =
      Metadata.Key.of("x-forwarded-for", Metadata.ASCII_STRING_MARSHALLER);

  private static final Metadata.Key<String> ORIGIN =
      Metadata.Key.of("origin", Metadata.ASCII_STRING_MARSHALLER);

  private final Authorizer authorizer;

  AdminGuard(Authorizer authorizer) {
    this.authorizer = authorizer;
  }

  @Override
  public <Q, P> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
    MethodDescriptor<Q, P> method = call.getMethodDescriptor();
    if (METHODS.contains(method.getFullMethodName())) {
      authorizer.requireAdmin(
          String.valueOf(method.getBareMethodName()),
          new Authorizer.Caller(
              peer(call), values(headers, FORWARDED_FOR), values(headers, ORIGIN)));
    }
    return next.startCall(call, headers);
  }

  private static Optional<InetAddress> peer(ServerCall<?, ?> call) {
    return call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR)
            instanceof InetSocketAddress address
        ? Optional.ofNullable(address.getAddress())
        : Optional.empty();
  }

  private static List<String> values(Metadata headers, Metadata.Key<String> key) {
    List<String> values = new ArrayList<>();
    Iterable<String> sent = headers.getAll(key);
    if (sent != null) {
      sent.forEach(values::add);
    }
    return values;
  }
}
