package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.ListValue;
import com.google.protobuf.Value;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictionServiceGrpc;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MalformedRequestTest {
  private static final String PREDICT = "millrace.v1.PredictionService/Predict";
  private static final int LIMIT = 1 << 20;

  private static RunningDoor door;

  @BeforeAll
  static void open() {
    door = new RunningDoor(RunningDoor.maxMessage(LIMIT));
  }

  @AfterAll
  static void close() {
    door.close();
  }

  /** Every method of every service of the port. */
  static List<String> methods() {
    return Stream.of(
            PredictionServiceGrpc.getServiceDescriptor(),
            ModelServiceGrpc.getServiceDescriptor(),
            GRPCInferenceServiceGrpc.getServiceDescriptor(),
            io.millrace.tensorflow.serving.PredictionServiceGrpc.getServiceDescriptor(),
            io.millrace.tensorflow.serving.ModelServiceGrpc.getServiceDescriptor(),
            HealthGrpc.getServiceDescriptor(),
            ServerReflectionGrpc.getServiceDescriptor())
        .map(ServiceDescriptor::getMethods)
        .flatMap(Collection::stream)
        .map(MethodDescriptor::getFullMethodName)
        .toList();
  }

  /** Bytes that are a message of no type, whatever its fields. */
  private static final Map<String, byte[]> NO_MESSAGE =
      Map.of(
          "cut in a length", new byte[] {0x0A, (byte) 0xFF},
          "cut in a field", new byte[] {0x0A, 100, 1, 2, 3},
          "field number 0", new byte[] {0x02, 1, 1},
          "wire type 7", new byte[] {0x0F},
          "a group that never ends", new byte[] {0x0B},
          "a group end without a group", new byte[] {0x0C},
          "an endless varint", filled(12, 0xFF),
          "a negative length", new byte[] {0x0A, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1},
          "groups nested 10,000 deep", filled(10_000, 0x7B));

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    java.util.Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private static Calls.End call(String method, byte[]... messages) {
    return Calls.raw(door.channel, method, new Metadata(), messages);
  }

  private static void assertMalformed(Calls.End end, String what) {
    assertThat(end.code()).as(what + ": " + end).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
    assertThat(end.message()).doesNotContain("protobuf", "Exception", "io.millrace");
  }

  @ParameterizedTest
  @MethodSource("methods")
  void bytesThatAreNoMessage_areMalformedForEveryMethod(String method) {
    NO_MESSAGE.forEach((what, bytes) -> assertMalformed(call(method, bytes), what));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void randomBytes_neverEndUnknown(String method) {
    Random random = new Random(method.hashCode());
    for (int i = 0; i < 50; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      CallOptions brief =
          CallOptions.DEFAULT.withDeadlineAfter(300, java.util.concurrent.TimeUnit.MILLISECONDS);
      // A Watch of health that can be read goes on until its deadline.
      Calls.End end =
          Calls.raw(
              door.channel,
              method,
              method.endsWith("Watch") ? brief : CallOptions.DEFAULT,
              new Metadata(),
              bytes);
      assertThat(end.code()).as("%s", end).isNotIn(Status.Code.UNKNOWN, Status.Code.INTERNAL);
    }
  }

  @Test
  void textThatIsNotUtf8_isMalformed() {
    ByteString name = ByteString.copyFrom(new byte[] {0x0A, 2, (byte) 0xC3, 0x28});

    assertMalformed(call("millrace.v1.ModelService/GetModelStatus", name.toByteArray()), "name");
    assertMalformed(call("inference.GRPCInferenceService/ModelReady", name.toByteArray()), "name");
    assertMalformed(call("inference.GRPCInferenceService/ModelInfer", name.toByteArray()), "name");
  }

  private static byte[] nested(int depth) {
    Value value = Value.newBuilder().setNumberValue(1).build();
    for (int i = 0; i < depth; i++) {
      value = Value.newBuilder().setListValue(ListValue.newBuilder().addValues(value)).build();
    }
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("iris"))
        .putParameters("deep", value)
        .build()
        .toByteArray();
  }

  @Test
  void parametersNestedTooDeep_areMalformedAndTheThreadSurvives() {
    assertThat(call(PREDICT, nested(40)).code()).isEqualTo(Status.Code.OK);
    assertMalformed(call(PREDICT, nested(200)), "nested");
    assertThat(call(PREDICT, nested(40)).code()).isEqualTo(Status.Code.OK);
  }

  @Test
  void aCallWithoutItsMessage_isMalformed() {
    assertMalformed(call(PREDICT), "no message");
    assertMalformed(call("millrace.v1.ModelService/ListModels"), "no message");
  }

  private static byte[] withRaw(int size) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeByteArray(15, new byte[size]);
    out.flush();
    return bytes.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate"})
  void aMessageThatExpandsBeyondTheLimit_isTooLargeWithTheLimitNamed(String compression)
      throws IOException {
    CallOptions options = CallOptions.DEFAULT.withCompression(compression);

    Calls.End end = Calls.raw(door.channel, PREDICT, options, new Metadata(), withRaw(64 * LIMIT));

    assertThat(end.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(end.reason()).isEqualTo("MESSAGE_TOO_LARGE");
    assertThat(end.message()).contains("limit of 1048576 bytes");
    assertThat(end.info().orElseThrow().getMetadataMap()).containsEntry("limitBytes", "1048576");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate"})
  void aCompressedMessageWithinTheLimit_isRead(String compression) {
    CallOptions options = CallOptions.DEFAULT.withCompression(compression);
    byte[] request =
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName("iris"))
            .setId("i".repeat(500))
            .build()
            .toByteArray();

    assertThat(Calls.raw(door.channel, PREDICT, options, new Metadata(), request).code())
        .isEqualTo(Status.Code.OK);
  }

  @Test
  void aStringOfAMegabyte_isRefusedAndNotEchoed() {
    byte[] request =
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName("a".repeat(LIMIT - 100)))
            .build()
            .toByteArray();

    Calls.End end = call(PREDICT, request);

    assertMalformed(end, "long name");
    assertThat(end.message().getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(800);
  }
}
