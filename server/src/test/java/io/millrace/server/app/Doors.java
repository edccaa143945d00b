package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.millrace.server.app.RestCalls.Answer;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The ways to ask the model {@code tiny} which of its versions answers. */
final class Doors {
  private static final Pattern VERSION = Pattern.compile("\"(?:model_)?version\":\\s*\"?(\\d+)");

  private Doors() {}

  /**
   * Each way by its name, with connections of its own.
   *
   * @param direct past Envoy
   */
  static Map<String, LongSupplier> all(
      String restUrl, ManagedChannel through, ManagedChannel direct) {
    Map<String, LongSupplier> doors = new LinkedHashMap<>(throughEnvoy(restUrl, through));
    doors.put("gRPC", () -> predict(direct));
    return doors;
  }

  static Map<String, LongSupplier> throughEnvoy(String restUrl, ManagedChannel through) {
    return Map.of(
        ":predictTensors",
        post(restUrl, "/v1/models/tiny:predictTensors", RestCalls.WHICH_VERSION),
        ":predict",
        post(restUrl, "/v1/models/tiny:predict", "{\"instances\":[[1,2]]}"),
        "/v2",
        post(
            restUrl,
            "/v2/models/tiny/infer",
            "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1,2]}]}"),
        "gRPC through Envoy",
        () -> predict(through));
  }

  private static long predict(ManagedChannel channel) {
    return Calls.predict(channel, Calls.whichVersion("tiny")).getModelSpec().getVersion();
  }

  private static LongSupplier post(String restUrl, String path, String body) {
    RestCalls rest = new RestCalls(restUrl);
    return () -> {
      Answer answer = rest.post(path, body);
      if (answer.status() == 503 && answer.text().contains("\"code\":14")) {
        throw Status.UNAVAILABLE.withDescription(answer.text()).asRuntimeException();
      }
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      Matcher version = VERSION.matcher(answer.text());
      assertThat(version.find()).as(answer.text()).isTrue();
      return Long.parseLong(version.group(1));
    };
  }

  /** How a call was refused; nothing for any other failure. */
  static Optional<String> refusal(Throwable failure) {
    if (failure instanceof UncheckedIOException io) {
      boolean closed = io.getCause() instanceof ConnectException;
      return Optional.of(closed ? "no listener" : "connection closed");
    }
    return failure instanceof StatusRuntimeException status
            && status.getStatus().getCode() == Status.Code.UNAVAILABLE
        ? Optional.of("UNAVAILABLE")
        : Optional.empty();
  }
}
