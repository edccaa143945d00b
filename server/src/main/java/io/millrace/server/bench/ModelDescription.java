package io.millrace.server.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.ModelMetadataRequest;
import io.millrace.openinference.ModelMetadataResponse;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.TimeUnit;

/** Asks a server what a model takes, by the Open Inference Protocol. */
final class ModelDescription {
  private ModelDescription() {}

  static ModelMetadataResponse ask(Target target) throws IOException, InterruptedException {
    return target.protocol().isRest() ? byRest(target) : byGrpc(target);
  }

  private static ModelMetadataResponse byGrpc(Target target) throws BenchException {
    ManagedChannel channel = GrpcCaller.channel(target.address());
    try {
      return GRPCInferenceServiceGrpc.newBlockingStub(channel)
          .withDeadlineAfter(target.firstDeadline().toNanos(), TimeUnit.NANOSECONDS)
          .modelMetadata(
              ModelMetadataRequest.newBuilder()
                  .setName(target.model())
                  .setVersion(target.version() == 0 ? "" : Long.toString(target.version()))
                  .build());
    } catch (StatusRuntimeException e) {
      Status status = e.getStatus();
      throw Trouble.of(target, status.getCode().name(), GrpcCaller.text(status));
    } finally {
      channel.shutdownNow();
    }
  }

  private static ModelMetadataResponse byRest(Target target)
      throws IOException, InterruptedException {
    HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(target.firstDeadline())
            .build();
    HttpRequest request =
        HttpRequest.newBuilder(uri(target, "")).timeout(target.firstDeadline()).GET().build();
    HttpResponse<byte[]> response;
    try {
      response = client.send(request, BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw Trouble.of(target, RestCaller.reason(e), String.valueOf(e));
    }
    String body = new String(response.body(), UTF_8);
    if (response.statusCode() != 200) {
      throw Trouble.of(target, RestCaller.code(response.statusCode(), body), RestCaller.text(body));
    }
    return parse(target, body);
  }

  private static ModelMetadataResponse parse(Target target, String body) throws BenchException {
    try {
      ModelMetadataResponse.Builder model = ModelMetadataResponse.newBuilder();
      JsonFormat.parser().ignoringUnknownFields().merge(body, model);
      return model.build();
    } catch (InvalidProtocolBufferException e) {
      throw Trouble.of(target, "HTTP 200", "no metadata of a model: " + e.getMessage());
    }
  }

  /**
   * The address of a model by the Open Inference Protocol.
   *
   * @param verb such as {@code /infer}
   */
  static URI uri(Target target, String verb) throws BenchException {
    return uri(target, "/v2/models/", verb);
  }

  static URI uri(Target target, String prefix, String verb) throws BenchException {
    String version = target.version() == 0 ? "" : "/versions/" + target.version();
    try {
      String path = prefix + target.model() + version + verb;
      return new URI("http", target.address(), path, null, null);
    } catch (URISyntaxException e) {
      throw new BenchException("no address of a server: " + e.getMessage());
    }
  }
}
