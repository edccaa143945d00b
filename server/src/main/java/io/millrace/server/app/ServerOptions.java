package io.millrace.server.app;

import io.millrace.server.canary.CanaryOptions;
import io.millrace.server.canary.CanaryScope;
import io.millrace.server.config.ConfigReader;
import io.millrace.server.config.DataSize;
import io.millrace.server.grpc.GrpcOptions;
import io.millrace.server.inference.InferenceOptions;
import io.millrace.server.lifecycle.LifecycleOptions;
import io.millrace.server.lifecycle.ModelControl;
import io.millrace.server.repository.RepositoryOptions;
import io.millrace.server.security.SecurityOptions;
import io.millrace.server.telemetry.TelemetryOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * All settings of a server. Each has a flag, an environment variable and a key in the file.
 *
 * @param control who decides which models are in memory
 * @param cacheDirectory where native libraries are unpacked to, once for each version
 * @param drainDelay how long the server answers calls after it told the balancers that it is going
 */
record ServerOptions(
    EnvoyOptions envoy,
    GrpcOptions grpc,
    TelemetryOptions telemetry,
    LogFormat logFormat,
    AccessLog accessLog,
    RepositoryOptions repository,
    CanaryOptions canary,
    LifecycleOptions lifecycle,
    ModelControl control,
    InferenceOptions inference,
    Path cacheDirectory,
    Duration drainDelay) {
  private static final int MAX_PORT = 65_535;
  private static final DataSize LARGEST_MESSAGE = DataSize.ofMebibytes(256);
  private static final int MAX_METADATA_BYTES = 16 << 10;
  private static final int MAX_CONCURRENT_CALLS_PER_CONNECTION = 1_000;
  private static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(30);
  private static final Duration MAX_DEADLINE = Duration.ofMinutes(5);

  static ServerOptions from(ConfigReader reader, Path defaultRepository) {
    boolean laptop = reader.choice("profile", Profile.LAPTOP) == Profile.LAPTOP;
    RepositoryOptions repository = RepositoryOptions.from(reader, defaultRepository, laptop);
    EnvoyOptions envoy = EnvoyOptions.from(reader);
    GrpcOptions grpc = grpc(reader, laptop, repository.path());
    return new ServerOptions(
        envoy,
        grpc,
        telemetry(reader),
        reader.choice("log-format", LogFormat.TEXT),
        reader.choice("access-log", AccessLog.OFF),
        repository,
        CanaryOptions.from(reader, laptop ? CanaryScope.OFF : CanaryScope.WITHOUT_MANIFEST),
        LifecycleOptions.from(reader, seconds(reader, "stop-timeout", 30)),
        ModelControl.from(reader),
        InferenceOptions.within(
            reader.integer("max-rows", InferenceOptions.DEFAULT_MAX_ROWS, 1, Integer.MAX_VALUE),
            grpc.maxMessageBytes()),
        cacheDirectory(reader),
        seconds(reader, "drain-delay", laptop ? 0 : 5));
  }

  /** How long calls that run get to end. */
  Duration stopTimeout() {
    return lifecycle.stopTimeout();
  }

  private static GrpcOptions grpc(ConfigReader reader, boolean laptop, Path repository) {
    DataSize message =
        reader.dataSize(
            "max-message-size",
            DataSize.ofMebibytes(laptop ? 64 : 16),
            new DataSize(1024),
            LARGEST_MESSAGE);
    return new GrpcOptions(
        host(reader),
        port(reader, "grpc-port", 8001),
        Math.toIntExact(message.bytes()),
        GrpcOptions.shareOfMemory(),
        MAX_METADATA_BYTES,
        MAX_CONCURRENT_CALLS_PER_CONNECTION,
        reader.bool("reflection", laptop),
        Versions.millrace(),
        DEFAULT_DEADLINE,
        MAX_DEADLINE,
        GrpcOptions.PATIENCE,
        SecurityOptions.from(reader),
        Optional.of(repository));
  }

  private static Path cacheDirectory(ConfigReader reader) {
    Path folder = reader.path("cache-dir", CacheDirectory.standard(System.getenv()));
    if (!CacheDirectory.isUsable(folder)) {
      reader.refuse("cache-dir", folder, "a folder that this process can write to");
    }
    return folder;
  }

  private static TelemetryOptions telemetry(ConfigReader reader) {
    return new TelemetryOptions(
        host(reader), port(reader, "metrics-port", 8002), Versions.millrace());
  }

  private static String host(ConfigReader reader) {
    return reader.text("host", "127.0.0.1");
  }

  private static int port(ConfigReader reader, String name, int standard) {
    return reader.integer(name, standard, 0, MAX_PORT);
  }

  private static Duration seconds(ConfigReader reader, String name, int standard) {
    return reader.duration(
        name, Duration.ofSeconds(standard), Duration.ZERO, Duration.ofMinutes(10));
  }
}
