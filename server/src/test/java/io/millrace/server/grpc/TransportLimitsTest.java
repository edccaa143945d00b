package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.CallOptions;
import io.grpc.Codec;
import io.grpc.CompressorRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  @ParameterizedTest
  @ValueSource(ints = {LIMIT + 1, LIMIT + (64 << 10), LIMIT + (64 << 10) + 1, 40 * LIMIT})
  void aMessageAboveTheLimit_isTooLargeWithTheLimitNamed(int size) {
    Calls.End end = Calls.raw(door.channel, PREDICT, new Metadata(), new byte[size]);

    assertThat(end.code()).as("%s", end).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(end.reason()).isEqualTo("MESSAGE_TOO_LARGE");
    assertThat(end.message()).contains("limit of 1048576 bytes");
    assertThat(Calls.raw(door.channel, PREDICT, new Metadata(), good()).code())
        .isEqualTo(Status.Code.OK);
  }

  @Test
  void aMessageOfExactlyTheLimit_isTaken() {
    byte[] message = sized(LIMIT);

    assertThat(message).hasSize(LIMIT);
    assertThat(Calls.raw(door.channel, PREDICT, new Metadata(), message).code())
        .isEqualTo(Status.Code.OK);
    assertThat(Calls.raw(door.channel, PREDICT, new Metadata(), sized(LIMIT + 1)).reason())
        .isEqualTo("MESSAGE_TOO_LARGE");
  }

  /** A good message with a field that nobody knows, up to a size. */
  private static byte[] sized(int bytes) {
    int rest = bytes - good().length;
    return padded(rest - (padded(rest).length - bytes));
  }

  private static byte[] padded(int bytes) {
    ByteString padding = ByteString.copyFrom(new byte[bytes]);
    UnknownFieldSet.Field field =
        UnknownFieldSet.Field.newBuilder().addLengthDelimited(padding).build();
    byte[] unknown = UnknownFieldSet.newBuilder().addField(15, field).build().toByteArray();
    return ByteString.copyFrom(good()).concat(ByteString.copyFrom(unknown)).toByteArray();
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
          "inference.GRPCInferenceService/ModelStreamInfers",
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
    return pretending(encoding, PREDICT, good());
  }

  private static Calls.End pretending(String encoding, String method, byte[] message) {
    CompressorRegistry registry = CompressorRegistry.newEmptyInstance();
    registry.register(new Pretending(encoding));
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", door.server.port())
            .usePlaintext()
            .compressorRegistry(registry)
            .build();
    try {
      CallOptions options = CallOptions.DEFAULT.withCompression(encoding);
      return Calls.raw(channel, method, options, new Metadata(), message);
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

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate"})
  void bytesThatAreNotWhatTheyClaimToBe_endTheCallAndNotTheServer(String compression) {
    Calls.End end = pretending(compression);

    assertThat(end.code()).as("%s", end).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
    assertThat(Calls.raw(door.channel, PREDICT, new Metadata(), good()).code())
        .isEqualTo(Status.Code.OK);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        PREDICT,
        "inference.GRPCInferenceService/ModelInfer",
        "inference.GRPCInferenceService/ModelStreamInfer",
        "grpc.health.v1.Health/Check",
        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
      })
  void aMessageOfManyEmptyGzipMembers_isMalformed_andTheStackHolds(String method)
      throws IOException {
    ByteArrayOutputStream members = new ByteArrayOutputStream();
    for (int i = 0; i < 20_000; i++) {
      new GZIPOutputStream(members).close();
    }

    Calls.End end = pretending("gzip", method, members.toByteArray());

    assertThat(end.code()).as("%s", end).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
    assertThat(Calls.raw(door.channel, PREDICT, new Metadata(), good()).code())
        .isEqualTo(Status.Code.OK);
  }

  @Test
  void aSecondMessageInAUnaryCall_isRefusedWithTheReason() {
    Calls.End end = Calls.raw(door.channel, PREDICT, new Metadata(), good(), good());

    assertThat(end.code()).as("%s", end).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(end.status().getDescription()).contains("more than one request message");
  }
}
