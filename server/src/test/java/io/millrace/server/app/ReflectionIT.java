package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.ClientCalls;
import io.millrace.server.wire.FirstAnswer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A caller that knows nothing of the protocol but the server's own word, as grpcurl. */
final class ReflectionIT {
  private static final Path MODELS = RunningServer.CHECKOUT.resolve("model-repo");
  private static final String[] SERVICES = {
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "inference.GRPCInferenceService",
    "millrace.v1.ModelService",
    "millrace.v1.PredictionService",
    "millrace.v1.RestService",
    "tensorflow.serving.ModelService",
    "tensorflow.serving.PredictionService"
  };

  private static RunningServer server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() {
    server = RunningServer.start(MODELS);
    channel = server.channel();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void services_areListed() {
    ServerReflectionResponse list =
        ask(ServerReflectionRequest.newBuilder().setListServices("").build());

    assertThat(list.getListServicesResponse().getServiceList())
        .extracting(ServiceResponse::getName)
        .containsExactlyInAnyOrder(SERVICES);
  }

  @Test
  @SuppressWarnings("deprecation")
  void services_areListedInTheOlderProtocolToo() {
    FirstAnswer<io.grpc.reflection.v1alpha.ServerReflectionResponse> first = new FirstAnswer<>();
    var requests =
        io.grpc.reflection.v1alpha.ServerReflectionGrpc.newStub(channel)
            .serverReflectionInfo(first);
    requests.onNext(
        io.grpc.reflection.v1alpha.ServerReflectionRequest.newBuilder()
            .setListServices("")
            .build());
    requests.onCompleted();

    assertThat(first.await().getListServicesResponse().getServiceList())
        .extracting(io.grpc.reflection.v1alpha.ServiceResponse::getName)
        .containsExactlyInAnyOrder(SERVICES);
  }

  @Test
  void predict_isCalledByItsDescription() throws IOException {
    DynamicMessage response =
        call(
            "millrace.v1.PredictionService",
            "Predict",
            Files.readString(MODELS.resolve("iris/samples/request.json")));

    List<?> outputs = (List<?>) field(response, "outputs");
    assertThat(field((DynamicMessage) field(response, "model_spec"), "version")).isEqualTo(1L);
    assertThat(outputs)
        .map(output -> field((DynamicMessage) output, "name"))
        .containsExactly("label", "probabilities");
    assertThat(((ByteString) field((DynamicMessage) outputs.get(0), "raw")).byteAt(0)).isZero();
  }

  @Test
  void modelStatus_isCalledByItsDescription() throws IOException {
    DynamicMessage response =
        call("millrace.v1.ModelService", "GetModelStatus", "{\"name\": \"iris\"}");

    assertThat(JsonFormat.printer().print(response)).contains("AVAILABLE", "timeline", "OK");
  }

  @Test
  void openInference_isCalledByItsDescription() throws IOException {
    DynamicMessage response =
        call("inference.GRPCInferenceService", "ModelReady", "{\"name\": \"iris\"}");

    assertThat(field(response, "ready")).isEqualTo(true);
  }

  private static Object field(DynamicMessage message, String name) {
    return message.getField(message.getDescriptorForType().findFieldByName(name));
  }

  /** Calls a method with a request in JSON, by what the server tells of it. */
  private static DynamicMessage call(String service, String method, String json)
      throws IOException {
    var described =
        file(service).findServiceByName(service.substring(service.lastIndexOf('.') + 1));
    var types = described.findMethodByName(method);
    DynamicMessage.Builder request = DynamicMessage.newBuilder(types.getInputType());
    JsonFormat.parser().merge(json, request);
    MethodDescriptor<DynamicMessage, DynamicMessage> descriptor =
        MethodDescriptor.<DynamicMessage, DynamicMessage>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(MethodDescriptor.generateFullMethodName(service, method))
            .setRequestMarshaller(
                ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(types.getInputType())))
            .setResponseMarshaller(
                ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(types.getOutputType())))
            .build();
    return ClientCalls.blockingUnaryCall(
        channel,
        descriptor,
        CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS),
        request.build());
  }

  /** The file that declares a symbol, built from what the server sends alone. */
  private static FileDescriptor file(String symbol) throws InvalidProtocolBufferException {
    Map<String, FileDescriptorProto> sent = new HashMap<>();
    String first = "";
    for (ByteString bytes :
        ask(ServerReflectionRequest.newBuilder().setFileContainingSymbol(symbol).build())
            .getFileDescriptorResponse()
            .getFileDescriptorProtoList()) {
      FileDescriptorProto proto = FileDescriptorProto.parseFrom(bytes);
      first = first.isEmpty() ? proto.getName() : first;
      sent.put(proto.getName(), proto);
    }
    return build(first, sent);
  }

  private static FileDescriptor build(String name, Map<String, FileDescriptorProto> sent) {
    FileDescriptorProto proto = Objects.requireNonNull(sent.get(name), name);
    FileDescriptor[] imports =
        proto.getDependencyList().stream()
            .map(imported -> build(imported, sent))
            .toArray(FileDescriptor[]::new);
    try {
      return FileDescriptor.buildFrom(proto, imports);
    } catch (DescriptorValidationException e) {
      throw new AssertionError(e);
    }
  }

  private static ServerReflectionResponse ask(ServerReflectionRequest request) {
    FirstAnswer<ServerReflectionResponse> first = new FirstAnswer<>();
    var requests = ServerReflectionGrpc.newStub(channel).serverReflectionInfo(first);
    requests.onNext(request);
    requests.onCompleted();
    return first.await();
  }
}
