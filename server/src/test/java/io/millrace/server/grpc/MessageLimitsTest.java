package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who carries no tensors has no need of large requests, which would hold an event loop. */
final class MessageLimitsTest {
  private static final List<String> WITH_TENSORS =
      List.of(
          "millrace.v1.PredictionService/Predict",
          "inference.GRPCInferenceService/ModelInfer",
          "inference.GRPCInferenceService/ModelStreamInfer",
          "tensorflow.serving.PredictionService/Predict",
          "tensorflow.serving.PredictionService/Classify",
          "tensorflow.serving.PredictionService/Regress");

  private static RunningDoor door;

  @BeforeAll
  static void open() {
    door = new RunningDoor();
  }

  @AfterAll
  static void close() {
    door.close();
  }

  static List<String> withTensors() {
    return WITH_TENSORS;
  }

  static List<String> withoutTensors() {
    return MalformedRequestTest.methods().stream()
        .filter(method -> !WITH_TENSORS.contains(method))
        .toList();
  }

  private static Calls.End end(String method, CallOptions options, int bytes) {
    return Calls.raw(door.channel, method, options, new Metadata(), new byte[bytes]);
  }

  private static void assertTooLarge(Calls.End end) {
    assertThat(end.code()).as("%s", end).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(end.reason()).isEqualTo("MESSAGE_TOO_LARGE");
    assertThat(end.message()).isEqualTo("the request is larger than the limit of 524288 bytes");
    assertThat(end.info().orElseThrow().getMetadataMap()).containsEntry("limitBytes", "524288");
  }

  @ParameterizedTest
  @MethodSource("withoutTensors")
  void requestsWithoutTensors_haveALimitOfTheirOwn(String method) {
    // While it arrives, when it has, and when it is unpacked.
    assertTooLarge(end(method, CallOptions.DEFAULT, 2 << 20));
    assertTooLarge(end(method, CallOptions.DEFAULT, MessageLimits.SMALL_BYTES + 1));
    assertTooLarge(end(method, CallOptions.DEFAULT.withCompression("gzip"), 2 << 20));
  }

  /** A tag of 0 is none. */
  @ParameterizedTest
  @MethodSource("withTensors")
  void requestsWithTensors_mayBeLarge(String method) {
    assertThat(end(method, CallOptions.DEFAULT, 2 << 20).reason()).isEqualTo("REQUEST_MALFORMED");
    assertThat(end(method, CallOptions.DEFAULT.withCompression("gzip"), 2 << 20).reason())
        .isEqualTo("REQUEST_MALFORMED");
  }

  @Test
  void aRequestOfExactlyTheLimit_isRead() {
    Calls.End end = end("grpc.health.v1.Health/Check", CallOptions.DEFAULT, 512 << 10);

    assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
  }

  @Test
  void anOperatorsSmallerLimit_isForAllMethods() {
    MessageLimits limits = new MessageLimits(1_000, Set.of("a/Predict"));

    assertThat(limits.of("a/Predict")).isEqualTo(1_000);
    assertThat(limits.of("a/List")).isEqualTo(1_000);
  }
}
