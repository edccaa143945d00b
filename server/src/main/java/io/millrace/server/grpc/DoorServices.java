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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Wires the services of the port to what stands behind them. */
record DoorServices(
    GrpcOptions options,
    ModelCatalog catalog,
    BooleanSupplier ready,
    Function<InferenceRequest, CompletionStage<InferenceResponse>> infer) {
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
            new Deadlines(options.defaultDeadline(), options.maxDeadline(), System::nanoTime),
            options.maxMessageBytes());
    InferenceMethod<?> streamed = InferenceMethod.modelInfer(options.maxMessageBytes());
    Map<String, ServerMethodDefinition<?, ?>> methods = new HashMap<>(unary(door));
    methods.put(StreamedInference.NAME, new StreamedInference(streamed, door, guard).definition());
    return Map.copyOf(methods);
  }

  private Map<String, ServerMethodDefinition<?, ?>> unary(InferenceDoor door) {
    return Stream.of(
            InferenceMethod.predict(options.maxMessageBytes()),
            InferenceMethod.modelInfer(options.maxMessageBytes()),
            InferenceMethod.tensorFlowPredict(options.maxMessageBytes()))
        .collect(
            Collectors.toUnmodifiableMap(
                method -> method.descriptor().getFullMethodName(),
                method -> method.definition(door)));
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
