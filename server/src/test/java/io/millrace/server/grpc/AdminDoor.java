package io.millrace.server.grpc;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.millrace.server.inference.InferenceOptions;
import io.millrace.server.inference.InferenceService;
import io.millrace.server.lifecycle.FakeLoader;
import io.millrace.server.lifecycle.LifecycleOptions;
import io.millrace.server.lifecycle.ModelManager;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** A real server on a free port over a real manager, whose models are made by a fake loader. */
final class AdminDoor implements AutoCloseable {
  final FakeLoader loader = new FakeLoader();
  final ModelManager manager = new ModelManager(loader, LifecycleOptions.DEFAULTS);
  final GrpcServer server;
  final ManagedChannel channel;

  AdminDoor() {
    server =
        GrpcServer.create(
            RunningDoor.laptop(0),
            manager,
            new InferenceService(manager, InferenceOptions.within(100, 1 << 20)),
            List.of(),
            OpenTelemetry.noop());
    try {
      server.start();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    manager.firstScanDone();
    channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.stop(Duration.ofSeconds(2));
    manager.close();
  }
}
