package io.millrace.benchmarks;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.millrace.v1.PredictionServiceGrpc;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The second limit: a bare gRPC server on its event loop, which reads each request once and sends
 * the same answer back. The answer is the one that the real server gave, so both carry the same
 * bytes. It ends with its standard input.
 */
final class EchoServer {
  private EchoServer() {}

  /** The file that holds the answer, and the port if any but a free one is wanted. */
  public static void main(String[] arguments) throws IOException {
    byte[] answer = Files.readAllBytes(Path.of(arguments[0]));
    int port = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 0;
    Server server =
        Grpc.newServerBuilderForPort(port, InsecureServerCredentials.create())
            .directExecutor()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .addService(service(answer))
            .build()
            .start();
    ServerProcess.announceAndWait(server.getPort());
    server.shutdownNow();
  }

  private static ServerServiceDefinition service(byte[] answer) {
    MethodDescriptor<byte[], byte[]> method =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodType.UNARY)
            .setFullMethodName(PredictionServiceGrpc.getPredictMethod().getFullMethodName())
            .setRequestMarshaller(new Bytes())
            .setResponseMarshaller(new Bytes())
            .build();
    ServiceDescriptor descriptor =
        ServiceDescriptor.newBuilder(PredictionServiceGrpc.SERVICE_NAME).addMethod(method).build();
    return ServerServiceDefinition.builder(descriptor)
        .addMethod(method, (call, headers) -> new Echo(call, answer))
        .build();
  }

  /** Answers when the request has come. */
  private static final class Echo extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;
    private final byte[] answer;

    Echo(ServerCall<byte[], byte[]> call, byte[] answer) {
      this.call = call;
      this.answer = answer;
      call.request(2);
    }

    @Override
    public void onHalfClose() {
      call.sendHeaders(new Metadata());
      call.sendMessage(answer);
      call.close(Status.OK, new Metadata());
    }
  }

  /** Copies a request once, as a server must, into memory that is used again. */
  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    private static final ThreadLocal<byte[]> ROOM =
        ThreadLocal.withInitial(() -> new byte[1 << 16]);
    private static final byte[] READ = {};

    @Override
    public InputStream stream(byte[] message) {
      return new ByteArrayInputStream(message);
    }

    @Override
    public byte[] parse(InputStream stream) {
      byte[] room = ROOM.get();
      try {
        while (stream.read(room) >= 0) {
          // The next part takes the place of this one.
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return READ;
    }
  }
}
