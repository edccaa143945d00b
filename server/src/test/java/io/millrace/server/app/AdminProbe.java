package io.millrace.server.app;

import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.RepositoryModelLoadRequest;
import io.millrace.v1.LoadModelRequest;
import io.millrace.v1.ModelServiceGrpc;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A program that asks servers to load a model, by gRPC and by REST, in our family and in Triton's,
 * and says of itself that it calls from loopback. Started by tests inside another network
 * namespace; prints how the calls ended.
 */
final class AdminProbe {
  private static final Metadata.Key<String> FORWARDED_FOR =
      Metadata.Key.of("x-forwarded-for", Metadata.ASCII_STRING_MARSHALLER);

  private AdminProbe() {}

  /**
   * Takes the model's name, then arguments such as {@code grpc=127.0.0.1:8001}, {@code
   * triton=127.0.0.1:8001}, {@code rest=127.0.0.1:8000} and {@code v2=127.0.0.1:8000}.
   */
  public static void main(String[] arguments) throws Exception {
    String model = arguments[0];
    for (int i = 1; i < arguments.length; i++) {
      String[] parts = arguments[i].split("=", 2);
      String end =
          switch (parts[0]) {
            case "rest" -> byRest("/v1/models/" + model + ":load", parts[1]);
            case "v2" -> byRest("/v2/repository/models/" + model + "/load", parts[1]);
            case "triton" -> byGrpc(parts[1], channel -> loadAsTriton(model, channel));
            default -> byGrpc(parts[1], channel -> load(model, channel));
          };
      System.out.println(arguments[i] + " " + end);
    }
  }

  private static String byRest(String path, String address) {
    RestCalls.Answer answer =
        new RestCalls("http://" + address).post(path, "{}", FORWARDED_FOR.name(), "127.0.0.1");
    return answer.status() + " " + answer.text().replace('\n', ' ');
  }

  private static void load(String model, Channel channel) {
    var unused =
        ModelServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(30, TimeUnit.SECONDS)
            .loadModel(LoadModelRequest.newBuilder().setName(model).build());
  }

  private static void loadAsTriton(String model, Channel channel) {
    var unused =
        GRPCInferenceServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(30, TimeUnit.SECONDS)
            .repositoryModelLoad(
                RepositoryModelLoadRequest.newBuilder().setModelName(model).build());
  }

  private static String byGrpc(String address, Consumer<Channel> call) throws InterruptedException {
    ManagedChannel channel = NettyChannelBuilder.forTarget(address).usePlaintext().build();
    Metadata headers = new Metadata();
    headers.put(FORWARDED_FOR, "127.0.0.1");
    try {
      call.accept(
          ClientInterceptors.intercept(
              channel, MetadataUtils.newAttachHeadersInterceptor(headers)));
      return "OK";
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode() + " " + e.getStatus().getDescription();
    } finally {
      channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }
}
