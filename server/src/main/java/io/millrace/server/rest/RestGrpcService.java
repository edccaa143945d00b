package io.millrace.server.rest;

import io.grpc.BindableService;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.millrace.openinference.GRPCInferenceServiceGrpc.AsyncService;
import io.millrace.server.image.ImageDecoder;
import io.millrace.server.inference.InferenceService;
import io.millrace.server.lifecycle.ModelManager;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * {@code millrace.v1.RestService}: the bodies of TensorFlow Serving's and the Open Inference
 * Protocol's REST, as Envoy's transcoder hands them over. Thread-safe.
 *
 * <p>Never blocks the calling thread: bodies that take long to read go to the workers. A call that
 * fails ends by {@code onError} with a ServingException, of which the server's guard makes a
 * status.
 */
public final class RestGrpcService implements BindableService {
  private final RestMethods methods;

  /**
   * Settings of the door.
   *
   * @param maxMessageBytes the largest body, also after inflating, the largest tensor in one, and
   *     the largest answer
   * @param serverVersion what the server's metadata tells as its version
   * @param defaultDeadline how long a call may take whose caller names no deadline
   * @param maxDeadline how long a call may take at most, whatever its caller says
   */
  public record Options(
      int maxMessageBytes, String serverVersion, Duration defaultDeadline, Duration maxDeadline) {}

  /**
   * What stands behind the door.
   *
   * @param ready whether the server is ready for calls
   * @param openInference what the Open Inference Protocol's gRPC service tells and takes beside
   *     inferences, for both doors to say the same
   */
  public record Models(
      ModelManager manager,
      InferenceService inference,
      BooleanSupplier ready,
      AsyncService openInference) {}

  /**
   * A door over a manager's models.
   *
   * @param workers run what takes long; they refuse by RejectedExecutionException when they have
   *     too much to do, and stay the caller's to stop
   */
  public RestGrpcService(Options options, Models models, Executor workers) {
    this(options, models, models.inference()::infer, workers);
  }

  /** With a stand-in for the running of models, for tests. */
  RestGrpcService(
      Options options,
      Models models,
      Function<InferenceRequest, CompletionStage<InferenceResponse>> infer,
      Executor workers) {
    methods = new RestMethods(options, models, infer, images(), workers);
  }

  /** A quarter of the heap: calls that are under way may take half of it, bodies the rest. */
  private static ImageDecoder images() {
    return new ImageDecoder(Runtime.getRuntime().maxMemory() / 4);
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerInterceptors.intercept(methods, new CallHeaders());
  }
}
