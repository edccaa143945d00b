package io.millrace.server.conformance;

import com.google.protobuf.ByteString;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.wire.WireMessage.Fields;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * ModelStreamInfer of {@code inference.GRPCInferenceService}: ModelInfer's messages on a stream.
 */
record StreamedInference(OpenInferenceWire unary) implements Dialect {
  private static final String METHOD = "inference.GRPCInferenceService/ModelStreamInfer";

  StreamedInference(Place place) {
    this(new OpenInferenceWire(place));
  }

  private static Request streamed(Request request) {
    return new Request(Request.Door.STREAM, METHOD, request.body(), request.headers());
  }

  /** What a stream that goes on tells of a request that cannot be answered; empty for answers. */
  static Optional<Json> refusal(ByteString body) {
    Fields message = Fields.of(body.toByteArray());
    return message.all(1).isEmpty()
        ? Optional.empty()
        : Optional.of(told(message.text(1), message.message(2).entry(4, "reason").text(3)));
  }

  /** An error and its reason, of which nothing else goes by a stream. */
  static Json told(String error, String reason) {
    return new Json.Entries(Map.of("error", new Json.Text(error), "reason", new Json.Text(reason)));
  }

  @Override
  public Request request(Call call) {
    return streamed(unary.request(call));
  }

  @Override
  public Optional<Request> twofold(Call call) {
    return unary.twofold(call).map(StreamedInference::streamed);
  }

  @Override
  public List<Output> answer(Reply reply, List<TensorSpec> specs) {
    byte[] answer = Fields.of(reply.body().toByteArray()).part(2);
    return unary.answer(new Reply(0, 0, ByteString.copyFrom(answer)), specs);
  }

  @Override
  public Optional<String> cannotSay(Call call) {
    return unary.cannotSay(call);
  }
}
