package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.millrace.v1.HttpModelRequest;
import io.millrace.v1.HttpServerRequest;
import io.millrace.v1.RestServiceGrpc;
import io.millrace.v1.RestServiceGrpc.RestServiceBlockingStub;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The JSON of both protocols on the running server, called as Envoy calls it. */
final class RestServiceIT {
  private static RunningServer server;
  private static RestServiceBlockingStub rest;

  @BeforeAll
  static void start() {
    server = RunningServer.start(RunningServer.CHECKOUT.resolve("model-repo"));
    rest = RestServiceGrpc.newBlockingStub(server.channel());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static HttpModelRequest request(String model, String body) {
    return HttpModelRequest.newBuilder()
        .setModel(model)
        .setBody(HttpBody.newBuilder().setData(ByteString.copyFromUtf8(body)))
        .build();
  }

  private static String text(HttpBody body) {
    return body.getData().toStringUtf8();
  }

  @Test
  void predict_answersARowOfIris() {
    String answer = text(rest.predict(request("iris", "{\"instances\": [[5.1, 3.5, 1.4, 0.2]]}")));

    assertThat(answer).contains("\"predictions\"", "\"label\": 0", "\"probabilities\": [0.97");
  }

  @Test
  void predict_readsTextAndAnswersByColumn() {
    String answer =
        text(rest.predict(request("sentiment", "{\"inputs\": [\"a wonderful film\"]}")));

    assertThat(answer).contains("\"outputs\"", "\"label\": [1]");
  }

  @Test
  void predict_refusesAWrongShape() {
    assertThatThrownBy(() -> rest.predict(request("iris", "{\"instances\": [[1, 2]]}")))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("INVALID_ARGUMENT")
        .hasMessageContaining("expected shape");
  }

  @Test
  void infer_answersAsTheProtocolSays() {
    String answer =
        text(
            rest.v2ModelInfer(
                request(
                    "iris",
                    "{\"inputs\": [{\"name\": \"features\", \"shape\": [1, 4], \"datatype\":"
                        + " \"FP32\", \"data\": [[5.1, 3.5, 1.4, 0.2]]}], \"outputs\": [{\"name\":"
                        + " \"label\"}]}")));

    assertThat(answer)
        .startsWith("{\"model_name\":\"iris\",\"model_version\":\"1\",\"outputs\":[")
        .contains("\"data\":[0]");
  }

  @Test
  void theDocuments_nameWhatIsServed() {
    assertThat(text(rest.getModelMetadata(request("iris", "")))).contains("serving_default");
    assertThat(text(rest.v2ModelMetadata(request("digits", "")))).contains("[\"2\",\"1\"]");
    assertThat(text(rest.v2ServerReady(HttpServerRequest.getDefaultInstance())))
        .contains("{\"ready\":true}");
    assertThat(
            HealthGrpc.newBlockingStub(server.channel())
                .check(
                    HealthCheckRequest.newBuilder()
                        .setService(RestServiceGrpc.SERVICE_NAME)
                        .build())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
  }
}
