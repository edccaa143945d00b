package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.HttpBody;
import com.google.protobuf.Any;
import com.google.protobuf.UnknownFieldSet;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import io.millrace.v1.HttpModelRequest;
import io.millrace.v1.HttpServerRequest;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is around a body is read on an event loop, and Envoy is not the only one to send it. */
final class EnvelopeTest {
  private static final int MANY = 100_000;

  private final RunningRest rest =
      new RunningRest(
          Map.of(
              "iris",
              new Signature(
                  List.of(TensorSpec.of("x", DataType.FP32, -1, 2)),
                  List.of(TensorSpec.of("y", DataType.FP32, -1, 2)))),
          Runnable::run);

  @AfterEach
  void close() {
    rest.close();
  }

  private static String body(int length) {
    String body = "{\"instances\": [[1, 2]]}";
    return body + " ".repeat(length - body.length());
  }

  private static void assertTooLarge(Supplier<HttpBody> call, String words) {
    RunningRest.End end = RunningRest.failed(call);
    assertThat(end.code()).as(end.toString()).isEqualTo("RESOURCE_EXHAUSTED");
    assertThat(end.reason()).isEqualTo("MESSAGE_TOO_LARGE");
    assertThat(end.message()).contains(words);
  }

  @Test
  void manySmallPartsAroundABody_areRefused() {
    HttpModelRequest.Builder extended = RunningRest.request("iris", body(100)).toBuilder();
    extended.getBodyBuilder().addAllExtensions(Collections.nCopies(MANY, Any.getDefaultInstance()));
    HttpServerRequest unknown =
        HttpServerRequest.newBuilder()
            .setUnknownFields(UnknownFieldSet.newBuilder().addField(15, many()).build())
            .build();

    assertTooLarge(() -> rest.stub().predict(extended.build()), "beside its body");
    assertTooLarge(() -> rest.stub().v2ServerLive(unknown), "beside its body");
  }

  private static UnknownFieldSet.Field many() {
    UnknownFieldSet.Field.Builder many = UnknownFieldSet.Field.newBuilder();
    for (int i = 0; i < MANY; i++) {
      many.addVarint(1);
    }
    return many.build();
  }

  @Test
  void aLargeBodyInItsEnvelope_isTaken_butNotIfGrpcCompressedThem() {
    HttpModelRequest large = RunningRest.request("iris", body(1 << 20));

    assertThat(rest.stub().predict(large).getData().toStringUtf8()).contains("predictions");
    assertTooLarge(
        () -> rest.stub().withCompression("gzip").predict(large), "the limit of 524288 bytes");
    assertThat(
            rest.stub()
                .withCompression("gzip")
                .predict(RunningRest.request("iris", body(100)))
                .getData()
                .toStringUtf8())
        .contains("predictions");
  }
}
