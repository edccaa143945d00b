package io.millrace.server.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Parses requests within the {@link MessageMemory}: what a message will take is known, and refused
 * if need be, before it is built. Its byte fields become views of one copy of its bytes.
 * Thread-safe.
 *
 * @param original what the generated code came with
 * @param maxBytes the largest message, also after decompression
 */
record RequestMarshaller<T extends Message>(PrototypeMarshaller<T> original, int maxBytes)
    implements PrototypeMarshaller<T> {
  private static final int CHUNK_BYTES = 64 << 10;

  /** The service with its requests parsed so. */
  static ServerServiceDefinition within(ServerServiceDefinition service, int maxBytes) {
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(service.getServiceDescriptor().getName())
            .setSchemaDescriptor(service.getServiceDescriptor().getSchemaDescriptor());
    List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
    for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
      ServerMethodDefinition<?, ?> bounded = within(method, maxBytes);
      methods.add(bounded);
      descriptor.addMethod(bounded.getMethodDescriptor());
    }
    ServerServiceDefinition.Builder definition =
        ServerServiceDefinition.builder(descriptor.build());
    methods.forEach(definition::addMethod);
    return definition.build();
  }

  @SuppressWarnings("unchecked") // A method of protobuf's takes messages of protobuf's.
  private static <Q, P> ServerMethodDefinition<Q, P> within(
      ServerMethodDefinition<Q, P> method, int maxBytes) {
    MethodDescriptor<Q, P> descriptor = method.getMethodDescriptor();
    var requests = (PrototypeMarshaller<Message>) descriptor.getRequestMarshaller();
    var bounded = (MethodDescriptor.Marshaller<Q>) new RequestMarshaller<>(requests, maxBytes);
    return ServerMethodDefinition.create(
        descriptor.toBuilder(bounded, descriptor.getResponseMarshaller()).build(),
        method.getServerCallHandler());
  }

  @Override
  public Class<T> getMessageClass() {
    return original.getMessageClass();
  }

  @Override
  public T getMessagePrototype() {
    return original.getMessagePrototype();
  }

  @Override
  public InputStream stream(T message) {
    return original.stream(message);
  }

  @Override
  public T parse(InputStream stream) {
    MessageMemory.Share share = MessageMemory.SHARE.get();
    try {
      byte[] bytes = stream instanceof KnownLength ? whole(stream) : unpack(stream, share);
      share.resize(Footprint.of(getMessagePrototype().getDescriptorForType(), bytes));
      return build(bytes);
    } catch (IOException e) {
      // Also of bytes that are not the gzip that they claim to be.
      throw Status.INVALID_ARGUMENT.withCause(e).asRuntimeException();
    }
  }

  private byte[] whole(InputStream stream) throws IOException {
    requireAtMostMax(stream.available());
    return stream.readAllBytes();
  }

  private void requireAtMostMax(int bytes) {
    if (bytes > maxBytes) {
      throw MessageTracer.tooLarge(maxBytes);
    }
  }

  /** A compressed message tells its size only by its end. */
  private byte[] unpack(InputStream stream, MessageMemory.Share share) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] chunk = new byte[CHUNK_BYTES];
    for (int read = stream.read(chunk); read >= 0; read = stream.read(chunk)) {
      // The buffer grows to twice its size while it still has the old one.
      share.grow(3L * read);
      bytes.write(chunk, 0, read);
      requireAtMostMax(bytes.size());
    }
    return bytes.toByteArray();
  }

  @SuppressWarnings("unchecked") // A message's parser gives messages of its own type.
  private T build(byte[] bytes) throws InvalidProtocolBufferException {
    CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
    in.enableAliasing(true);
    T message = (T) getMessagePrototype().getParserForType().parseFrom(in);
    in.checkLastTagWas(0);
    return message;
  }
}
