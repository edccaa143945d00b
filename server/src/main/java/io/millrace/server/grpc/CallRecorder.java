package io.millrace.server.grpc;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerStreamTracer;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.server.lifecycle.VersionListener;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.lifecycle.VersionStatus;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionSelector;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.RestServiceGrpc;
import io.opentelemetry.api.OpenTelemetry;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * Makes a record of each call but those that only ask for health or reflection, which come every
 * second and say nothing. Thread-safe.
 *
 * <p>A stream tracer and no interceptor: it sees the bytes, calls of methods that do not exist, and
 * the true end of a call, and wraps neither call nor listener.
 */
final class CallRecorder extends ServerStreamTracer.Factory implements VersionListener {
  private static final ServerStreamTracer NOTHING = new ServerStreamTracer() {};

  private static final Set<String> QUIET =
      names(
          GRPCInferenceServiceGrpc.getServerLiveMethod(),
          GRPCInferenceServiceGrpc.getServerReadyMethod(),
          RestServiceGrpc.getV2ServerLiveMethod(),
          RestServiceGrpc.getV2ServerReadyMethod());

  private static final Set<String> INFERENCE =
      names(
          PredictionServiceGrpc.getPredictMethod(),
          GRPCInferenceServiceGrpc.getModelInferMethod(),
          GRPCInferenceServiceGrpc.getModelStreamInferMethod(),
          io.millrace.tensorflow.serving.PredictionServiceGrpc.getPredictMethod(),
          io.millrace.tensorflow.serving.PredictionServiceGrpc.getClassifyMethod(),
          io.millrace.tensorflow.serving.PredictionServiceGrpc.getRegressMethod(),
          RestServiceGrpc.getPredictMethod(),
          RestServiceGrpc.getClassifyMethod(),
          RestServiceGrpc.getRegressMethod(),
          RestServiceGrpc.getV2ModelInferMethod(),
          RestServiceGrpc.getV2ModelGenerateMethod(),
          RestServiceGrpc.getV2ModelGenerateStreamMethod());

  private final ModelCatalog catalog;
  private final GrpcTracing tracing;
  private final GrpcMetrics metrics;
  private final CallLog log;

  /**
   * @param catalog tells which of the models that callers name there are
   */
  CallRecorder(OpenTelemetry telemetry, ModelCatalog catalog) {
    this.catalog = catalog;
    tracing = new GrpcTracing(telemetry);
    metrics = new GrpcMetrics(telemetry);
    log =
        new CallLog(
            LoggerFactory.getLogger("io.millrace.calls"),
            LoggerFactory.getLogger("io.millrace.access"),
            System::nanoTime,
            metrics::lineDropped);
  }

  private static Set<String> names(MethodDescriptor<?, ?>... methods) {
    return Stream.of(methods)
        .map(MethodDescriptor::getFullMethodName)
        .collect(Collectors.toUnmodifiableSet());
  }

  GrpcTracing tracing() {
    return tracing;
  }

  GrpcMetrics metrics() {
    return metrics;
  }

  CallLog log() {
    return log;
  }

  /** Whether the method runs models. */
  boolean isInference(String fullMethodName) {
    return INFERENCE.contains(fullMethodName);
  }

  /** The series of a call to which no version was lent: of the model it named, if there is one. */
  GrpcMetrics.Series seriesOf(CallSummary call) {
    String model = call.modelName();
    return catalog.model(model).isEmpty()
        ? metrics.unknown()
        : metrics.withoutLoan(model, version(model, call.versionName()));
  }

  /** The version that would have been lent; unknown if none. */
  private String version(String model, String named) {
    try {
      return Long.toString(catalog.served(model, selector(named)).id().version());
    } catch (ServingException e) {
      return GrpcMetrics.UNKNOWN;
    }
  }

  /** A label may look like a number; then it counts as that version, or as unknown. */
  private static VersionSelector selector(String named) {
    if (named.isEmpty()) {
      return VersionSelector.LATEST;
    }
    return RequestFields.isVersion(named)
        ? new VersionSelector.ByNumber(Long.parseLong(named))
        : new VersionSelector.ByLabel(named);
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    return isQuiet(fullMethodName) ? NOTHING : new CallRecord(this, fullMethodName, headers);
  }

  private static boolean isQuiet(String method) {
    return method.startsWith("grpc.health.")
        || method.startsWith("grpc.reflection.")
        || QUIET.contains(method);
  }

  @Override
  public void onVersionChanged(VersionStatus status) {
    if (status.state() == VersionState.UNLOADED) {
      metrics.forget(status.id());
    }
  }

  @Override
  public void onReadinessChanged(boolean ready) {}
}
