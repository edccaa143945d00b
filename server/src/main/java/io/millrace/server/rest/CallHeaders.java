package io.millrace.server.rest;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.function.Consumer;

/**
 * The HTTP headers of a call, which Envoy hands over as gRPC metadata, put where the services find
 * them; and those of its answer, which Envoy takes from the metadata before it. Thread-safe.
 */
final class CallHeaders implements ServerInterceptor {
  private static final Context.Key<Headers> KEY =
      Context.keyWithDefault("rest-headers", new Headers(new Metadata(), new Metadata()));

  /** What Envoy calls the path of a REST call, with its query; it makes another one of it. */
  static final Metadata.Key<String> PATH = key("x-envoy-original-path");

  private record Headers(Metadata request, Metadata answer) {}

  @Override
  public <Q, P> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
    Metadata answer = new Metadata();
    ServerCall<Q, P> answered =
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void sendHeaders(Metadata first) {
            first.merge(answer);
            super.sendHeaders(first);
          }
        };
    Context context = Context.current().withValue(KEY, new Headers(headers, answer));
    return Contexts.interceptCall(context, answered, headers, next);
  }

  /** A header of the current call; empty if it has none of that name. */
  static String ofCurrentCall(Metadata.Key<String> name) {
    String value = KEY.get().request().get(name);
    return value == null ? "" : value;
  }

  /**
   * Takes the value that a header of the current call's answer shall have; to be called before the
   * answer, on the thread that gives it.
   */
  static Consumer<String> ofAnswer(Metadata.Key<String> name) {
    Metadata answer = KEY.get().answer();
    return value -> answer.put(name, value);
  }

  /** A key to keep: to make one, each letter of its name is checked. */
  static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }
}
