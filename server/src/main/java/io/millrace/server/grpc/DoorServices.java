package io.millrace.server.grpc;

import io.grpc.BindableService;
import io.grpc.ServerMethodDefinition;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.PredictionServiceGrpc.PredictionServiceImplBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wires the services of the port to what stands behind them.
 *
 * @param workers take what is too long for an event loop
 */
record DoorServices(
    GrpcOptions options,
    ModelCatalog catalog,
    BooleanSupplier ready,
    Function<InferenceRequest, CompletionStage<InferenceResponse>> infer,
    Executor workers) {
  /** The services whose health can be asked for by name. */
  static final List<String> HEALTH_NAMES =
      List.of(
          PredictionServiceGrpc.SERVICE_NAME,
          ModelServiceGrpc.SERVICE_NAME,
          GRPCInferenceServiceGrpc.SERVICE_NAME,
          TensorFlowPredictionService.NAME,
          TensorFlowModelService.NAME);

  private static final Logger LOG = LoggerFactory.getLogger(GrpcServer.class);

  List<BindableService> all(HealthStatusManager statuses) {
    List<BindableService> services = new ArrayList<>();
    services.add(new PredictionServiceImplBase() {});
    services.add(new ModelGrpcService(catalog));
    services.add(new OpenInferenceGrpcService(catalog, ready, options.serverVersion()));
    services.add(new TensorFlowPredictionService(catalog));
    services.add(new TensorFlowModelService(catalog, options.repository()));
    services.add(statuses.getHealthService());
    if (options.reflection()) {
      services.addAll(reflection());
    }
    return services;
  }

  /** The methods that take the place of what the services say of them, by their full names. */
  Map<String, ServerMethodDefinition<?, ?>> inferenceMethods(CallGuard guard) {
    InferenceDoor door =
        new InferenceDoor(
            infer,
            workers,
            new Deadlines(options.defaultDeadline(), options.maxDeadline(), System::nanoTime),
            options.maxMessageBytes());
    InferenceMethod<?> modelInfer = InferenceMethod.modelInfer(options.maxMessageBytes());
    List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
    methods.add(InferenceMethod.predict(options.maxMessageBytes()).definition(door));
    methods.add(modelInfer.definition(door));
    methods.add(
        InferenceMethod.tensorFlowPredict(catalog, options.maxMessageBytes()).definition(door));
    methods.addAll(new ExampleMethods(catalog, options.maxMessageBytes()).definitions(door));
    methods.add(new StreamedInference(modelInfer, door, guard).definition());
    return methods.stream()
        .collect(
            Collectors.toUnmodifiableMap(
                method -> method.getMethodDescriptor().getFullMethodName(), method -> method));
  }

  /** Both versions: grpcurl and grpcui up to 2023 know only the first. */
  @SuppressWarnings("deprecation")
  private static List<BindableService> reflection() {
    return List.of(ProtoReflectionServiceV1.newInstance(), ProtoReflectionService.newInstance());
  }

  CallGuard guard() {
    StatusMapper mapper = new StatusMapper(() -> ThreadLocalRandom.current().nextLong());
    return new CallGuard(mapper, new FailureLog(LOG::error, System::nanoTime));
  }
}
