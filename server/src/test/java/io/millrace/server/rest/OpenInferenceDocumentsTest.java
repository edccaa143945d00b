package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.HttpBody;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import io.millrace.v1.HttpModelRequest;
import io.millrace.v1.HttpServerRequest;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OpenInferenceDocumentsTest {
  private static final Signature TWO_COLUMNS =
      new Signature(
          List.of(TensorSpec.of("x", DataType.FP32, -1, 2)),
          List.of(TensorSpec.of("y", DataType.FP32, -1, 2)));

  private static final String ONE = "{\"name\":\"iris\",\"version\":\"1\",\"state\":\"READY\"}";

  private final RunningRest rest =
      new RunningRest(Map.of("iris", TWO_COLUMNS, "digits", TWO_COLUMNS), Runnable::run);

  @AfterEach
  void stop() {
    rest.close();
  }

  private static HttpModelRequest iris(String body) {
    return RunningRest.request("iris", body);
  }

  private static String text(HttpBody body) {
    assertThat(body.getContentType()).isEqualTo("application/json");
    return body.getData().toStringUtf8().strip();
  }

  @Test
  void aModelsConfig_isThatOfTheGrpcService() {
    assertThat(text(rest.stub().v2ModelConfig(iris(""))))
        .startsWith("{\"name\":\"iris\",\"platform\":\"onnxruntime_onnx\",\"version_policy\":{")
        .contains(
            "\"max_batch_size\":0",
            "\"input\":[{\"name\":\"x\",\"data_type\":\"TYPE_FP32\",\"format\":\"FORMAT_NONE\",\"dims\":[-1,2],",
            "\"instance_group\":[{\"name\":\"iris_0\",\"count\":1,\"kind\":\"KIND_CPU\"}]",
            "\"backend\":\"onnxruntime\"",
            "\"model_transaction_policy\":{\"decoupled\":false}");
    HttpModelRequest one = iris("").toBuilder().setVersion("1").build();
    assertThat(rest.stub().v2ModelConfig(one)).isEqualTo(rest.stub().v2ModelConfig(iris("")));
  }

  @Test
  void statistics_areOfOneModelOrOfAll() {
    String ofIris = text(rest.stub().v2ModelStatistics(iris("")));
    assertThat(ofIris)
        .startsWith("{\"model_stats\":[{\"name\":\"iris\",\"version\":\"1\",\"last_inference\":0,")
        .contains("\"success\":{\"count\":0,\"ns\":0}")
        .doesNotContain("digits");

    assertThat(text(rest.stub().v2Statistics(HttpServerRequest.getDefaultInstance())))
        .contains("\"name\":\"iris\"", "\"name\":\"digits\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "{\"ready\":false}", "{\"ready\": true, \"more\": [1]}"})
  void theIndex_isAListOfVersions(String body) {
    assertThat(text(rest.stub().v2RepositoryIndex(RunningRest.request("", body))))
        .startsWith("[{")
        .contains(ONE)
        .endsWith("}]");
  }

  @Test
  void theIndexOfAnotherRepository_isUnsupported_asByGrpc() {
    RunningRest.End end = RunningRest.failed(() -> indexed("{\"repository_name\":\"other\"}"));
    assertThat(end.reason()).isEqualTo("UNSUPPORTED_OPERATION");
    assertThat(end.message()).contains("leave repository_name empty");

    assertThat(index("{\"repository_name\":\"\"}")).contains(ONE);
    assertThat(RunningRest.failed(() -> indexed("{\"repository_name\":7}")).reason())
        .isEqualTo("REQUEST_MALFORMED");
  }

  @Test
  void anOrder_isCarriedOutWhenItIsAnswered_andTheIndexTellsIt() {
    String parameters = "{\"parameters\":{\"unload_dependents\":true}}";
    assertThat(text(rest.stub().v2RepositoryModelUnload(iris(parameters))))
        .isEqualTo("{\"name\":\"iris\",\"unload\":true}");
    assertThat(index("")).contains("\"state\":\"UNAVAILABLE\",\"reason\":\"unloaded\"");
    assertThat(index("{\"ready\":true}")).doesNotContain("iris");

    assertThat(text(rest.stub().v2RepositoryModelLoad(iris(""))))
        .isEqualTo("{\"name\":\"iris\",\"load\":true}");
    assertThat(index("{\"ready\":true}")).contains(ONE);
  }

  private String index(String body) {
    return text(indexed(body));
  }

  private HttpBody indexed(String body) {
    return rest.stub().v2RepositoryIndex(RunningRest.request("", body));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]                                          | REQUEST_MALFORMED     | JSON object",
        "{\"ready\":\"yes\"}                         | REQUEST_MALFORMED     | true or false",
        "{\"ready\":true,\"ready\":true}             | REQUEST_MALFORMED     | given twice",
        "{\"parameters\":[]}                         | REQUEST_MALFORMED     | an object",
        "{\"parameters\":{\"a\":{}}}                 | REQUEST_MALFORMED     | whole number",
        "{\"parameters\":{\"a\":1,\"a\":2}}          | REQUEST_MALFORMED     | given twice",
        "{\"parameters\":{\"a\":99999999999999999999}} | REQUEST_MALFORMED   | no JSON",
        "{\"parameters\":{\"config\":\"{}\"}}        | UNSUPPORTED_OPERATION | config",
        "{                                           | REQUEST_MALFORMED     | ends before"
      })
  void aBodyThatMakesNoSense_isRefused(String body, String reason, String words) {
    RunningRest.End end = RunningRest.failed(() -> rest.stub().v2RepositoryModelLoad(iris(body)));

    assertThat(end.reason()).isEqualTo(reason);
    assertThat(end.message()).contains(words);
    assertThat(end.metadata()).containsEntry("model", "iris");
  }

  @Test
  void aBodyThatHoldsAModel_isTooLarge() {
    String body = "{\"parameters\":{\"file:1/model.onnx\":\"%s\"}}".formatted("x".repeat(1 << 20));

    RunningRest.End end = RunningRest.failed(() -> rest.stub().v2RepositoryModelLoad(iris(body)));

    assertThat(end.reason()).isEqualTo("MESSAGE_TOO_LARGE");
  }

  @ParameterizedTest
  @CsvSource({
    "nobody, '', MODEL_NOT_FOUND",
    "iris, 9, VERSION_NOT_FOUND",
    "iris, abc, VERSION_NOT_FOUND",
    "org/name, '', REQUEST_MALFORMED",
    "'', '', REQUEST_MALFORMED",
  })
  void aPathThatNamesNothing_isRefused(String model, String version, String reason) {
    HttpModelRequest.Builder request = HttpModelRequest.newBuilder().setModel(model);
    HttpModelRequest asked =
        version.isEmpty() ? request.build() : request.setVersion(version).build();
    for (Supplier<HttpBody> call :
        List.<Supplier<HttpBody>>of(
            () -> rest.stub().v2ModelConfig(asked), () -> rest.stub().v2ModelStatistics(asked))) {
      assertThat(RunningRest.failed(call).reason()).isEqualTo(reason);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nobody", ""})
  void anOrderForNoModel_isRefused(String model) {
    HttpModelRequest order = RunningRest.request(model, "");
    String reason = model.isEmpty() ? "REQUEST_MALFORMED" : "MODEL_NOT_FOUND";

    assertThat(RunningRest.failed(() -> rest.stub().v2RepositoryModelLoad(order)).reason())
        .isEqualTo(reason);
    assertThat(RunningRest.failed(() -> rest.stub().v2RepositoryModelUnload(order)).reason())
        .isEqualTo(reason);
  }

  @Test
  void anOrderFromAfar_isRefused() {
    RunningRest.End end =
        RunningRest.failed(
            () -> rest.stub("x-forwarded-for", "192.0.2.7").v2RepositoryModelUnload(iris("")));

    assertThat(end.code()).isEqualTo("PERMISSION_DENIED");
    assertThat(index("{\"ready\":true}")).contains(ONE);
  }
}
