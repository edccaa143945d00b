package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.v1.ListModelsRequest;
import io.millrace.v1.ListModelsResponse;
import io.millrace.v1.ModelServiceGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CallGuardTest {
  private static final MethodDescriptor<ListModelsRequest, ListModelsResponse> METHOD =
      ModelServiceGrpc.getListModelsMethod();

  private CallOptions options = CallOptions.DEFAULT;
  private final Queue<String> logged = new ConcurrentLinkedQueue<>();

  /** The end of one call whose method is handled so, behind the guard. */
  private Calls.End callOf(ServerCallHandler<ListModelsRequest, ListModelsResponse> handler) {
    ServerServiceDefinition service =
        ServerServiceDefinition.builder(METHOD.getServiceName()).addMethod(METHOD, handler).build();
    CallGuard guard =
        new CallGuard(
            new StatusMapper(new AtomicLong()::incrementAndGet),
            new FailureLog((line, failure) -> logged.add(line), System::nanoTime));
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .directExecutor()
            .intercept(guard)
            .addService(ServerInterceptors.useInputStreamMessages(service))
            .build();
    try {
      server.start();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
    try {
      return Calls.raw(channel, METHOD.getFullMethodName(), options, new Metadata(), new byte[0]);
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }
  }

  @Test
  void aServingExceptionAsItIs_endsTheCallWithItsCodeReasonAndSubject() {
    Calls.End end =
        unary(
            (request, observer) ->
                observer.onError(
                    ServingException.refusal(Reason.MODEL_NOT_FOUND, "no such model")
                        .about(Map.of("model", "iris"))));

    assertThat(end.code()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(end.message()).isEqualTo("no such model");
    assertThat(end.reason()).isEqualTo("MODEL_NOT_FOUND");
    assertThat(end.info().orElseThrow().getMetadataMap()).containsEntry("model", "iris");
    assertThat(logged).isEmpty();
  }

  private Calls.End unary(ServerCalls.UnaryMethod<ListModelsRequest, ListModelsResponse> method) {
    return callOf(ServerCalls.asyncUnaryCall(method));
  }

  static List<Supplier<Throwable>> thrown() {
    return List.of(
        () -> new IllegalStateException("/etc/passwd"),
        () -> new NullPointerException(),
        () -> new StackOverflowError(),
        () -> new NoClassDefFoundError("io/millrace/Secret"),
        () -> new StatusRuntimeException(Status.UNKNOWN),
        () -> new StatusRuntimeException(Status.DATA_LOSS.withDescription("io.millrace.Secret")));
  }

  private void assertInternal(Calls.End end) {
    assertThat(end.code()).isEqualTo(Status.Code.INTERNAL);
    assertThat(end.reason()).isEqualTo("INTERNAL_ERROR");
    assertThat(end.message()).doesNotContain("/", "Secret", "Exception");
    String errorId = end.info().orElseThrow().getMetadataMap().get("errorId");
    assertThat(logged).singleElement().asString().contains(errorId);
  }

  private static <E extends Throwable> void sneak(Throwable t) throws E {
    @SuppressWarnings("unchecked")
    E unchecked = (E) t;
    throw unchecked;
  }

  @ParameterizedTest
  @MethodSource("thrown")
  void whateverAMethodThrows_isInternalAndLoggedOnce(Supplier<Throwable> thrown) {
    assertInternal(
        unary((request, observer) -> CallGuardTest.<RuntimeException>sneak(thrown.get())));
  }

  @ParameterizedTest
  @MethodSource("thrown")
  void whateverStartingACallThrows_isInternalAndLoggedOnce(Supplier<Throwable> thrown) {
    assertInternal(
        callOf(
            (call, headers) -> {
              CallGuardTest.<RuntimeException>sneak(thrown.get());
              return new ServerCall.Listener<>() {};
            }));
  }

  @Test
  void anErrorThatIsNoStatus_isInternal() {
    assertInternal(
        unary((request, observer) -> observer.onError(new IllegalStateException("/secret"))));
  }

  @Test
  void aCallClosedAsUnknown_isInternal() {
    assertInternal(
        unary((request, observer) -> observer.onError(new StatusException(Status.UNKNOWN))));
  }

  @Test
  void aStatusThatAServiceGives_passes() {
    Calls.End end =
        unary(
            (request, observer) ->
                observer.onError(new StatusException(Status.NOT_FOUND.withDescription("no"))));

    assertThat(end.code()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(end.message()).isEqualTo("no");
    assertThat(logged).isEmpty();
  }

  @Test
  void aRefusal_isNoFailureAndNotLogged() {
    Calls.End end =
        unary(
            (request, observer) -> {
              throw ServingException.refusal(Reason.SERVER_OVERLOADED, "busy");
            });

    assertThat(end.code()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(end.reason()).isEqualTo("SERVER_OVERLOADED");
    assertThat(logged).isEmpty();
  }

  @Test
  void aMethodThatEndsItsCallTwice_hurtsNobody() {
    Calls.End end =
        unary(
            (request, observer) -> {
              observer.onNext(ListModelsResponse.getDefaultInstance());
              observer.onCompleted();
              observer.onError(new IllegalStateException("late"));
            });

    assertThat(end.code()).isEqualTo(Status.Code.OK);
  }

  @Test
  void anAnswerOrARefusalAfterTheCallerHasGone_isNotLogged() {
    CompletableFuture<ListModelsResponse> answer = new CompletableFuture<>();
    options = CallOptions.DEFAULT.withDeadlineAfter(50, TimeUnit.MILLISECONDS);
    Calls.End end =
        unary((request, observer) -> new Reply<>(observer, Map::of).later(() -> answer));
    assertThat(end.code()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    answer.complete(ListModelsResponse.getDefaultInstance());

    CompletableFuture<ListModelsResponse> refusal = new CompletableFuture<>();
    unary((request, observer) -> new Reply<>(observer, Map::of).later(() -> refusal));
    refusal.completeExceptionally(ServingException.refusal(Reason.CALL_CANCELLED, "gone"));

    assertThat(logged).isEmpty();
  }
}
