package io.millrace.server.grpc;

import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictionServiceGrpc;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A method that runs models, by one of the protocols: how its requests are read and its answers
 * written. Requests in the form that encoders write are read straight from their bytes; the
 * generated classes read the rest, and are what the readers are tested against. Thread-safe.
 *
 * @param descriptor of the generated code
 * @param reader of the usual form; empty if all requests are left to the generated classes
 * @param codec for all other requests
 * @param writer makes the answer to a request
 */
record InferenceMethod<Q extends Message>(
    MethodDescriptor<Q, ?> descriptor,
    RequestMarshaller<Q> marshaller,
    Optional<PlainReader> reader,
    Function<Q, ReadRequest> codec,
    BiFunction<ReadRequest, InferenceResponse, EncodedReply> writer) {
  /** Reads a request straight from its bytes; gives nothing if it has another form. */
  interface PlainReader {
    Optional<PlainRequest> read(ByteBuffer bytes);
  }

  /** Beyond the bytes of a request in the usual form, of which all else is a view. */
  private static final int PLAIN_BYTES = 512;

  /** Of larger ones 64 MB of two-byte fields take the generated classes most of a second. */
  private static final int MOST_PARSED_AT_ONCE = 64 << 10;

  /** The method of our protocol. */
  static InferenceMethod<PredictRequest> predict(int maxBytes) {
    MethodDescriptor<PredictRequest, ?> descriptor = PredictionServiceGrpc.getPredictMethod();
    return new InferenceMethod<>(
        descriptor,
        marshaller(descriptor, maxBytes),
        Optional.of(PredictReader::read),
        PredictCodec::new,
        (asked, response) -> PredictReply.of(asked.id(), response));
  }

  /** The method of the Open Inference Protocol. */
  static InferenceMethod<ModelInferRequest> modelInfer(int maxBytes) {
    MethodDescriptor<ModelInferRequest, ?> descriptor =
        GRPCInferenceServiceGrpc.getModelInferMethod();
    return new InferenceMethod<>(
        descriptor,
        marshaller(descriptor, maxBytes),
        Optional.of(InferReader::read),
        OpenInferenceCodec::new,
        (asked, response) -> InferReply.of(asked.id(), response));
  }

  /**
   * The method of TensorFlow Serving that takes tensors.
   *
   * @param catalog tells the signatures of models, by which short requests for much are judged
   */
  static InferenceMethod<io.millrace.tensorflow.serving.PredictRequest> tensorFlowPredict(
      ModelCatalog catalog, int maxBytes) {
    return ofMessages(
        io.millrace.tensorflow.serving.PredictionServiceGrpc.getPredictMethod(),
        maxBytes,
        request -> new TensorFlowCodec(request, catalog, maxBytes),
        (asked, response) -> TensorFlowReply.of(response, maxBytes));
  }

  /** A method whose requests have no id, and are all left to the generated classes. */
  static <Q extends Message> InferenceMethod<Q> ofMessages(
      MethodDescriptor<Q, ?> descriptor,
      int maxBytes,
      Function<Q, ReadRequest> codec,
      BiFunction<ReadRequest, InferenceResponse, EncodedReply> writer) {
    return new InferenceMethod<>(
        descriptor, marshaller(descriptor, maxBytes), Optional.empty(), codec, writer);
  }

  private static <Q extends Message> RequestMarshaller<Q> marshaller(
      MethodDescriptor<Q, ?> descriptor, int maxBytes) {
    return new RequestMarshaller<>(
        (PrototypeMarshaller<Q>) descriptor.getRequestMarshaller(),
        RequestBounds.message(maxBytes));
  }

  /** The bytes of a request; those of no message end the call as with any other method. */
  MessageBytes bytes(InputStream message) {
    return reader.isPresent() ? marshaller.bytes(message) : marshaller.heapBytes(message);
  }

  /**
   * Reads a request, whose tensors may be views of the bytes (see {@link #bytes}), if an event loop
   * has time for that. Otherwise it is null, and {@link #read} is for another thread.
   */
  @Nullable ReadRequest readAtOnce(MessageBytes bytes) {
    if (bytes.length() <= MOST_PARSED_AT_ONCE) {
      return bytes.isPacked() ? unpackedAtOnce(bytes) : readWhole(bytes);
    }
    return bytes.isPacked() ? null : plain(bytes).orElse(null);
  }

  private @Nullable ReadRequest unpackedAtOnce(MessageBytes bytes) {
    return marshaller.unpacked(bytes, MOST_PARSED_AT_ONCE).map(this::readWhole).orElse(null);
  }

  /** Reads a request, however long that takes. */
  ReadRequest read(MessageBytes bytes) {
    return readWhole(bytes.isPacked() ? marshaller.unpacked(bytes) : bytes);
  }

  private ReadRequest readWhole(MessageBytes bytes) {
    Optional<PlainRequest> plain = plain(bytes);
    if (plain.isPresent()) {
      return plain.get();
    }
    byte[] array = bytes.toArray();
    bytes.release();
    return codec.apply(marshaller.parse(array));
  }

  /** Takes some tens of milliseconds at most, for 64 MB of empty texts; else far less. */
  private Optional<PlainRequest> plain(MessageBytes bytes) {
    Optional<PlainRequest> plain = reader.flatMap(usual -> usual.read(bytes.view()));
    if (plain.isPresent()) {
      MessageMemory.SHARE.get().resize(bytes.length() + PLAIN_BYTES);
    }
    return plain;
  }

  /** The method with calls that go to the door. */
  ServerMethodDefinition<InputStream, InputStream> definition(InferenceDoor door) {
    return ServerMethodDefinition.create(streamed(descriptor), handler(door));
  }

  /** A method whose messages are what the transport has. */
  static MethodDescriptor<InputStream, InputStream> streamed(MethodDescriptor<?, ?> method) {
    return method.toBuilder(Streams.ONLY, Streams.ONLY).build();
  }

  private ServerCallHandler<InputStream, InputStream> handler(InferenceDoor door) {
    return (call, headers) -> begun(call, door);
  }

  private ServerCall.Listener<InputStream> begun(
      ServerCall<InputStream, InputStream> call, InferenceDoor door) {
    // The second would be one too many, which gRPC only sees if it is asked for.
    call.request(2);
    return new InferenceCall(call, this, door);
  }

  private enum Streams implements MethodDescriptor.Marshaller<InputStream> {
    ONLY;

    @Override
    public InputStream stream(InputStream message) {
      return message;
    }

    @Override
    public InputStream parse(InputStream message) {
      return message;
    }
  }
}
