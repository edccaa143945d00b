package io.millrace.server.grpc;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import java.io.InputStream;

/**
 * ModelStreamInfer: a method whose requests are those of another method, one after the other.
 * Thread-safe.
 *
 * @param method of its requests
 * @param guard of its calls
 */
record StreamedInference(InferenceMethod<?> method, InferenceDoor door, CallGuard guard) {
  /** Triton's: a caller that sends it hears of the first error by the status of the call. */
  private static final Metadata.Key<String> ENDS_AT_ERROR =
      Metadata.Key.of("triton_grpc_error", Metadata.ASCII_STRING_MARSHALLER);

  /** Its full name. */
  static final String NAME =
      GRPCInferenceServiceGrpc.getModelStreamInferMethod().getFullMethodName();

  private static final MethodDescriptor<InputStream, InputStream> STREAMS =
      InferenceMethod.streamed(GRPCInferenceServiceGrpc.getModelStreamInferMethod());

  private static final MethodDescriptor<InputStream, InputStream> REQUESTS =
      STREAMS.toBuilder().setType(MethodType.UNARY).build();

  /** The method as each request of a stream calls it. */
  MethodDescriptor<InputStream, InputStream> requests() {
    return REQUESTS;
  }

  ServerMethodDefinition<InputStream, InputStream> definition() {
    return ServerMethodDefinition.create(STREAMS, this::begun);
  }

  private ServerCall.Listener<InputStream> begun(
      ServerCall<InputStream, InputStream> call, Metadata headers) {
    boolean endsAtError = "true".equals(headers.get(ENDS_AT_ERROR));
    InferenceStream stream = new InferenceStream(call, this, endsAtError);
    // What is sent before the first answer would wait for the headers.
    call.sendHeaders(new Metadata());
    stream.askForNext();
    guard.streams().add(stream);
    return stream;
  }
}
