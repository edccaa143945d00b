package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Codec;
import io.grpc.CompressorRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import java.io.InputStream;
import java.io.OutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What the transport answers before the guard sees a call: only codes can be promised there. A
 * change of one of them with a new gRPC release is worth knowing.
 */
class TransportLimitsTest {
  private static final String PREDICT = "millrace.v1.PredictionService/Predict";
  private static final int LIMIT = 1 << 20;

  private static RunningDoor door;

  @BeforeAll
  static void open() {
    door = new RunningDoor(RunningDoor.withLimits(LIMIT, 16 << 10, true));
  }

  @AfterAll
  static void close() {
    door.close();
  }

  private static byte[] good() {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("iris"))
        .build()
        .toByteArray();
  }

  private static Metadata header(String name, String value) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
    return headers;
  }

  @Test
  void aFrameAboveTheLimit_isResourceExhausted() {
    Calls.End end = Calls.raw(door.channel, PREDICT, new Metadata(), new byte[LIMIT + 1]);

    assertThat(end.code()).as("%s", end).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
  }

  @Test
  void headersAboveTheLimit_endTheCallAndNotTheConnection() {
    Calls.End end = Calls.raw(door.channel, PREDICT, header("big", "x".repeat(20_000)), good());

    assertThat(end.code()).as("%s", end).isEqualTo(Status.Code.INTERNAL);
    assertThat(Calls.raw(door.channel, PREDICT, header("small", "x".repeat(4_000)), good()).code())
        .isEqualTo(Status.Code.OK);
  }

  @Test
  void headerNamesWithUnderscores_areTaken() {
    Calls.End end = Calls.raw(door.channel, PREDICT, header("triton_grpc_error", "true"), good());

    assertThat(end.code()).isEqualTo(Status.Code.OK);
  }

  @Test
  void anUnknownMethodOrService_isUnimplemented() {
    for (String method :
        new String[] {
          "millrace.v1.PredictionService/Nope",
          "no.such.Service/Predict",
          "inference.GRPCInferenceService/ModelStreamInfer",
          "a/b/c",
          "../Predict"
        }) {
      Calls.End end = Calls.raw(door.channel, method, new Metadata(), good());
      assertThat(end.code()).as("%s %s", method, end).isEqualTo(Status.Code.UNIMPLEMENTED);
      assertThat(end.reason()).isEqualTo("UNSUPPORTED_OPERATION");
      assertThat(end.message()).isEqualTo("this server has no method '%s'".formatted(method));
    }
  }

  /** A compression that leaves the bytes as they are, under a name that may promise otherwise. */
  private record Pretending(String getMessageEncoding) implements Codec {
    @Override
    public OutputStream compress(OutputStream out) {
      return out;
    }

    @Override
    public InputStream decompress(InputStream in) {
      return in;
    }
  }

  private static Calls.End pretending(String encoding) {
    CompressorRegistry registry = CompressorRegistry.newEmptyInstance();
    registry.register(new Pretending(encoding));
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", door.server.port())
            .usePlaintext()
            .compressorRegistry(registry)
            .build();
    try {
      CallOptions options = CallOptions.DEFAULT.withCompression(encoding);
      return Calls.raw(channel, PREDICT, options, new Metadata(), good());
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void anUnknownEncoding_isUnimplemented() {
    Calls.End end = pretending("br");

    assertThat(end.code()).as("%s", end).isEqualTo(Status.Code.UNIMPLEMENTED);
    assertThat(Calls.raw(door.channel, PREDICT, new Metadata(), good()).code())
        .isEqualTo(Status.Code.OK);
  }

  @Test
  void bytesThatAreNotTheGzipTheyClaimToBe_endTheCallAndNotTheServer() {
    Calls.End end = pretending("gzip");

    assertThat(end.code()).as("%s", end).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
    assertThat(Calls.raw(door.channel, PREDICT, new Metadata(), good()).code())
        .isEqualTo(Status.Code.OK);
  }

  @Test
  void aSecondMessageInAUnaryCall_isCancelled() {
    Calls.End end = Calls.raw(door.channel, PREDICT, new Metadata(), good(), good());

    assertThat(end.code()).as("%s", end).isEqualTo(Status.Code.CANCELLED);
  }
}
