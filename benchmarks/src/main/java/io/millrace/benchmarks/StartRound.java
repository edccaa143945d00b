package io.millrace.benchmarks;

import com.google.protobuf.ByteString;
import io.grpc.ConnectivityState;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.millrace.server.canary.ProcessMemory;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.Tensor;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Starts a server, calls it until it answers, and looks at what that took. */
final class StartRound {
  private static final int CALLS = 300;
  private static final long LIMIT_SECONDS = 60;

  /** Shorter than what is to be told apart, and long enough to leave the processors alone. */
  private static final long RETRY_MILLIS = 2;

  private static final PredictRequest REQUEST =
      PredictRequest.newBuilder()
          .setModelSpec(ModelSpec.newBuilder().setName("linear"))
          .addInputs(
              Tensor.newBuilder()
                  .setName("x")
                  .setDtype(DataType.DT_FP32)
                  .addShape(1)
                  .addShape(3)
                  .setRaw(ByteString.copyFrom(new byte[12])))
          .build();

  private StartRound() {}

  /**
   * What is started.
   *
   * @param command without its port, which comes last
   */
  record Candidate(String name, List<String> command, Map<String, String> environment) {
    Candidate withoutEnvoy() {
      List<String> all = new ArrayList<>(List.of(command.get(0), command.get(1), "--no-envoy"));
      all.addAll(command.subList(2, command.size()));
      return new Candidate(name, all, environment);
    }
  }

  /** The least that any server in Java takes: it answers each request with these bytes. */
  static Candidate echo(Path work) throws IOException {
    Path answer = work.resolve("answer.bin");
    Files.write(answer, PredictResponse.newBuilder().setFinal(true).build().toByteArray());
    return new Candidate(
        "bare gRPC echo", Servers.java(EchoServer.class, List.of(answer.toString())), Map.of());
  }

  /**
   * The built server.
   *
   * @param archive the folder of its archive of classes; one without any leaves it without
   */
  static Candidate millrace(String name, Path launcher, Path models, Path archive) {
    return new Candidate(
        name,
        List.of(
            launcher.toString(),
            "serve",
            models.toString(),
            "--metrics-port",
            "0",
            "--rest-port",
            "0",
            "--grpc-port"),
        Map.of("MILLRACE_ARCHIVE_DIR", archive.toString()));
  }

  /** Makes an archive of classes in a folder. */
  static void prepare(Path launcher, Path archive) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(launcher.toString(), "prepare").inheritIO();
    builder.environment().put("MILLRACE_ARCHIVE_DIR", archive.toString());
    int code = builder.redirectOutput(Redirect.DISCARD).start().waitFor();
    if (code != 0) {
      throw new IOException("millrace prepare ended with " + code);
    }
  }

  static StartSample of(Candidate candidate) throws IOException, InterruptedException {
    int port = freePort();
    List<String> command = new ArrayList<>(candidate.command());
    command.add(Integer.toString(port));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.DISCARD);
    builder.environment().putAll(candidate.environment());
    long began = System.nanoTime();
    Process server = builder.start();
    try {
      awaitPort(server, port);
      return measure(server, port, began);
    } finally {
      server.getOutputStream().close();
      server.destroy();
      if (!server.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        server.destroyForcibly();
      }
    }
  }

  private static StartSample measure(Process server, int port, long began)
      throws IOException, InterruptedException {
    ManagedChannel channel =
        Grpc.newChannelBuilder("127.0.0.1:" + port, InsecureChannelCredentials.create()).build();
    try {
      awaitAnswer(server, channel);
      long ended = System.nanoTime();
      long cpu = ProcessCpu.nanosWithChildren(server.pid());
      for (int i = 0; i < CALLS; i++) {
        call(channel);
      }
      double resident = ProcessMemory.residentBytes(server.pid());
      return new StartSample((ended - began) / 1e6, cpu / 1e6, resident / (1 << 20));
    } finally {
      channel.shutdownNow();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  /** A channel would wait a second after its first vain try. */
  private static void awaitPort(Process server, int port) throws IOException, InterruptedException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(address);
        return;
      } catch (IOException e) {
        pause(server, e);
      }
    }
  }

  private static void awaitAnswer(Process server, ManagedChannel channel)
      throws IOException, InterruptedException {
    while (true) {
      try {
        call(channel);
        return;
      } catch (StatusRuntimeException e) {
        if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
          channel.resetConnectBackoff();
        }
        pause(server, e);
      }
    }
  }

  private static void pause(Process server, Exception reason)
      throws IOException, InterruptedException {
    if (server.waitFor(RETRY_MILLIS, TimeUnit.MILLISECONDS)) {
      throw new IOException("the server ended with " + server.exitValue(), reason);
    }
  }

  private static void call(ManagedChannel channel) {
    PredictResponse answer =
        PredictionServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS)
            .predict(REQUEST);
    if (!answer.getFinal()) {
      throw new IllegalStateException("a wrong answer: " + answer);
    }
  }
}
