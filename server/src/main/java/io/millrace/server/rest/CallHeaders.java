package io.millrace.server.rest;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * The HTTP headers of a call, which Envoy hands over as gRPC metadata, put where the services find
 * them. Thread-safe.
 */
final class CallHeaders implements ServerInterceptor {
  private static final Context.Key<Metadata> KEY =
      Context.keyWithDefault("rest-headers", new Metadata());

  @Override
  public <Q, P> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
    return Contexts.interceptCall(Context.current().withValue(KEY, headers), call, headers, next);
  }

  /** A header of the current call; empty if it has none of that name. */
  static String ofCurrentCall(String name) {
    String value = KEY.get().get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    return value == null ? "" : value;
  }
}
