package io.millrace.server.grpc;

import io.grpc.Codec;
import io.grpc.Compressor;
import io.grpc.CompressorRegistry;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.DeflaterOutputStream;

/** A real server on a free port with fakes behind it, and a channel to it. */
final class RunningDoor implements AutoCloseable {
  final FakeCatalog catalog = new FakeCatalog();
  final FakeInference inference = new FakeInference();
  final AtomicBoolean ready = new AtomicBoolean(true);
  final GrpcServer server;
  final ManagedChannel channel;

  RunningDoor() {
    this(laptop(0));
  }

  RunningDoor(GrpcOptions options) {
    this(options, OpenTelemetry.noop());
  }

  RunningDoor(GrpcOptions options, OpenTelemetry telemetry) {
    server = GrpcServer.create(options, catalog, ready::get, inference, List.of(), telemetry);
    try {
      server.start();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.port())
            .usePlaintext()
            .compressorRegistry(compressors())
            .build();
  }

  /** What clients in other languages can do. */
  private static CompressorRegistry compressors() {
    CompressorRegistry compressors = CompressorRegistry.newEmptyInstance();
    compressors.register(new Codec.Gzip());
    compressors.register(new Deflate());
    return compressors;
  }

  private static final class Deflate implements Compressor {
    @Override
    public String getMessageEncoding() {
      return "deflate";
    }

    @Override
    public OutputStream compress(OutputStream compressed) {
      return new DeflaterOutputStream(compressed);
    }
  }

  /** What the server has by default on a laptop. */
  static GrpcOptions laptop(int port) {
    return new GrpcOptions(
        "127.0.0.1",
        port,
        64 << 20,
        GrpcOptions.shareOfMemory(),
        16 << 10,
        1_000,
        true,
        "1.2.3",
        Duration.ofSeconds(30),
        Duration.ofSeconds(300));
  }

  /** Laptop's settings with room for requests of so many bytes. */
  static GrpcOptions maxMessage(int bytes) {
    return withLimits(bytes, 16 << 10, true);
  }

  static GrpcOptions withLimits(int messageBytes, int metadataBytes, boolean reflection) {
    return options(messageBytes, GrpcOptions.shareOfMemory(), metadataBytes, reflection);
  }

  static GrpcOptions withMemory(int messageBytes, long memoryBytes) {
    return options(messageBytes, memoryBytes, 16 << 10, true);
  }

  /** Laptop's settings where memory is short soon, and then callers get so much time. */
  static GrpcOptions withPatience(long memoryBytes, Duration patience) {
    GrpcOptions laptop = laptop(0);
    return new GrpcOptions(
        laptop.host(),
        laptop.port(),
        laptop.maxMessageBytes(),
        memoryBytes,
        laptop.maxMetadataBytes(),
        laptop.maxConcurrentCallsPerConnection(),
        laptop.reflection(),
        laptop.serverVersion(),
        laptop.defaultDeadline(),
        laptop.maxDeadline(),
        patience,
        laptop.security(),
        laptop.repository());
  }

  private static GrpcOptions options(
      int messageBytes, long memoryBytes, int metadataBytes, boolean reflection) {
    return new GrpcOptions(
        "127.0.0.1",
        0,
        messageBytes,
        memoryBytes,
        metadataBytes,
        1_000,
        reflection,
        "1.2.3",
        Duration.ofSeconds(30),
        Duration.ofSeconds(300));
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.stop(Duration.ofSeconds(2));
  }
}
