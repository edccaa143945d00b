package io.millrace.server.grpc;

import com.google.protobuf.Message;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Services whose requests reach the {@link CallGuard} as bytes, so that it also sees those that
 * cannot be read, and whose messages are bounded.
 */
final class StreamedService {
  private StreamedService() {}

  /**
   * The service so.
   *
   * @param bounds of the requests of each method, by its full name
   * @param own methods, by full name, that read their bytes themselves and take the place of those
   *     of the same names
   */
  static ServerServiceDefinition of(
      BindableService service,
      Function<String, RequestBounds> bounds,
      Map<String, ServerMethodDefinition<?, ?>> own) {
    ServerServiceDefinition bounded =
        each(
            service.bindService(),
            method ->
                within(method, bounds.apply(method.getMethodDescriptor().getFullMethodName())));
    return each(
        ServerInterceptors.useInputStreamMessages(bounded),
        method ->
            messageByMessage(
                own.getOrDefault(method.getMethodDescriptor().getFullMethodName(), method)));
  }

  /**
   * A unary method as one to which callers stream. Of those gRPC hands over each message when it
   * comes, and the guard can tell whoever sends a second one what is wrong; of unary methods gRPC
   * 1.85 holds the message back, and resets the stream at the second without a word.
   */
  private static <Q, P> ServerMethodDefinition<Q, P> messageByMessage(
      ServerMethodDefinition<Q, P> method) {
    MethodDescriptor<Q, P> descriptor = method.getMethodDescriptor();
    if (descriptor.getType() != MethodType.UNARY) {
      return method;
    }
    return ServerMethodDefinition.create(
        descriptor.toBuilder().setType(MethodType.CLIENT_STREAMING).build(),
        method.getServerCallHandler());
  }

  /** The service with each of its methods exchanged. */
  private static ServerServiceDefinition each(
      ServerServiceDefinition service, UnaryOperator<ServerMethodDefinition<?, ?>> change) {
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(service.getServiceDescriptor().getName())
            .setSchemaDescriptor(service.getServiceDescriptor().getSchemaDescriptor());
    List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
    for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
      ServerMethodDefinition<?, ?> changed = change.apply(method);
      methods.add(changed);
      descriptor.addMethod(changed.getMethodDescriptor());
    }
    ServerServiceDefinition.Builder definition =
        ServerServiceDefinition.builder(descriptor.build());
    methods.forEach(definition::addMethod);
    return definition.build();
  }

  @SuppressWarnings("unchecked") // A method of protobuf's takes messages of protobuf's.
  private static <Q, P> ServerMethodDefinition<Q, P> within(
      ServerMethodDefinition<Q, P> method, RequestBounds bounds) {
    MethodDescriptor<Q, P> descriptor = method.getMethodDescriptor();
    var requests = (PrototypeMarshaller<Message>) descriptor.getRequestMarshaller();
    var bounded = (MethodDescriptor.Marshaller<Q>) new RequestMarshaller<>(requests, bounds);
    return ServerMethodDefinition.create(
        descriptor.toBuilder(bounded, descriptor.getResponseMarshaller()).build(),
        method.getServerCallHandler());
  }
}
