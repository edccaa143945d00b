package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.v1.State;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Triton's clients ask and order by REST beside inferences, through the real Envoy. */
final class TritonByRestIT {
  private static final String ROW =
      "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1,2]}]}";

  @TempDir private static Path temp;
  private static RunningServer server;
  private static RestCalls rest;

  @BeforeAll
  static void start() {
    Path repository = temp.resolve("repository");
    // The second has the name of a path.
    for (String model : new String[] {"tiny", "stats", "counted", "orders"}) {
      Repositories.drop(repository, model, 1, "constant-version-1.onnx");
    }
    Repositories.write(
        repository.resolve("tiny/config.yaml"),
        "batching: {max_batch_size: 8, max_queue_delay: 1ms}\ninstances: 2\n");
    server = RunningServer.startWithEnvoy(repository);
    rest = new RestCalls(server.restUrl());
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static String get(String path) {
    return ok(rest.get(path));
  }

  private static String post(String path, String body, String... headers) {
    return ok(rest.post(path, body, headers));
  }

  private static String ok(RestCalls.Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    return answer.text();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v2/models/tiny/config", "/v2/models/tiny/versions/1/config"})
  void aModelsConfig_isAsTritonWritesIt(String path) {
    assertThat(get(path))
        .isEqualTo(
            "{\"name\":\"tiny\",\"platform\":\"onnxruntime_onnx\",\"version_policy\":{\"latest\":"
                + "{\"num_versions\":1}},\"max_batch_size\":8,\"input\":[{\"name\":\"x\","
                + "\"data_type\":\"TYPE_FP32\",\"format\":\"FORMAT_NONE\",\"dims\":[2],"
                + "\"is_shape_tensor\":false,\"allow_ragged_batch\":false,\"optional\":false}],"
                + "\"output\":[{\"name\":\"y\",\"data_type\":\"TYPE_FP32\",\"dims\":[2],"
                + "\"label_filename\":\"\",\"is_shape_tensor\":false},{\"name\":\"version\","
                + "\"data_type\":\"TYPE_INT64\",\"dims\":[],\"label_filename\":\"\","
                + "\"is_shape_tensor\":false}],\"instance_group\":[{\"name\":"
                + "\"tiny_0\",\"count\":2,\"kind\":\"KIND_CPU\"}],\"dynamic_batching\":"
                + "{\"max_queue_delay_microseconds\":1000,\"priority_levels\":2,"
                + "\"default_priority_level\":2},\"backend\":\"onnxruntime\",\"model_transaction_policy\":{\"decoupled\":false}}\n");
  }

  @Test
  void statistics_count_andAreNumbers() {
    for (int i = 0; i < 3; i++) {
      post("/v2/models/counted/infer", ROW);
    }

    assertThat(get("/v2/models/counted/stats"))
        .startsWith("{\"model_stats\":[{\"name\":\"counted\",\"version\":\"1\",\"last_inference\":")
        .contains(
            "\"inference_count\":3,\"execution_count\":3,\"inference_stats\":{\"success\":"
                + "{\"count\":3,\"ns\":",
            "\"fail\":{\"count\":0,\"ns\":0}",
            "\"cache_miss\":{\"count\":0,\"ns\":0}",
            "\"batch_stats\":[{\"batch_size\":1,\"compute_input\":{\"count\":3,\"ns\":");
    assertThat(get("/v2/models/counted/versions/1/stats")).contains("\"inference_count\":3");
  }

  @Test
  void aModelNamedStats_isThereBesideTheStatisticsOfAll() {
    assertThat(get("/v2/models/stats"))
        .startsWith("{\"model_stats\":[")
        .contains("\"name\":\"stats\"", "\"name\":\"tiny\"");

    assertThat(get("/v2/models/stats/versions/1")).startsWith("{\"name\":\"stats\",\"versions\"");
    assertThat(get("/v2/models/stats/config")).startsWith("{\"name\":\"stats\"");
    assertThat(get("/v2/models/stats/ready")).isEqualTo("{\"ready\":true}\n");
    assertThat(get("/v2/models/stats/stats"))
        .startsWith("{\"model_stats\":[{\"name\":\"stats\"")
        .doesNotContain("\"name\":\"tiny\"");
    assertThat(post("/v2/models/stats/infer", ROW)).contains("\"model_name\":\"stats\"");
  }

  @Test
  void aModel_isUnloadedAndLoaded_andTheIndexTellsIt() {
    assertThat(post("/v2/repository/index", ""))
        .startsWith("[{")
        .contains("{\"name\":\"orders\",\"version\":\"1\",\"state\":\"READY\"}");

    assertThat(
            post(
                "/v2/repository/models/orders/unload",
                "{\"parameters\":{\"unload_dependents\":false}}"))
        .isEqualTo("{\"name\":\"orders\",\"unload\":true}\n");
    assertThat(Calls.state(server.channel(), "orders", 1)).isEqualTo(State.END);
    assertThat(post("/v2/repository/index", "{\"ready\":true}")).doesNotContain("orders");
    assertThat(post("/v2/repository/index", "{}"))
        .contains(
            "{\"name\":\"orders\",\"version\":\"1\",\"state\":\"UNAVAILABLE\",\"reason\":"
                + "\"unloaded\"}");
    assertThat(rest.get("/v2/models/orders/config").status()).isEqualTo(404);

    assertThat(post("/v2/repository/models/orders/load", ""))
        .isEqualTo("{\"name\":\"orders\",\"load\":true}\n");
    assertThat(post("/v2/models/orders/infer", ROW)).contains("\"model_version\":\"1\"");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /v2/models/nobody/config, 404, MODEL_NOT_FOUND",
    "GET, /v2/models/nobody/stats, 404, MODEL_NOT_FOUND",
    "GET, /v2/models/tiny/versions/9/stats, 404, VERSION_NOT_FOUND",
    "GET, /v2/models/tiny/versions/x/config, 404, VERSION_NOT_FOUND",
    "GET, /v2/models//config, 400, REQUEST_MALFORMED",
    "GET, /v2/models//stats, 400, REQUEST_MALFORMED",
    "POST, /v2/repository/models/nobody/load, 404, MODEL_NOT_FOUND",
    "POST, /v2/repository/models/nobody/unload, 404, MODEL_NOT_FOUND",
    "GET, /v2/repository/index, 405, UNSUPPORTED_OPERATION",
    "GET, /v2/repository/models/tiny/load, 405, UNSUPPORTED_OPERATION",
    "POST, /v2/models/tiny/stats, 404, UNSUPPORTED_OPERATION"
  })
  void whatIsNotThere_isRefused(String method, String path, int status, String reason) {
    RestCalls.Answer answer = rest.send(method, path);

    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.text()).contains("\"reason\":\"" + reason + "\"");
  }

  @Test
  void theIndexOfAnotherRepository_isRefused() {
    RestCalls.Answer answer = rest.post("/v2/repository/index", "{\"repository_name\":\"other\"}");

    assertThat(answer.status()).as(answer.text()).isEqualTo(501);
    assertThat(answer.text()).contains("leave repository_name empty");
  }

  @Test
  void anOrderOfAnotherSitesPage_isRefused() {
    RestCalls.Answer answer =
        rest.post("/v2/repository/models/tiny/unload", "", "origin", "https://example.com");

    assertThat(answer.status()).as(answer.text()).isEqualTo(403);
    assertThat(post("/v2/models/tiny/infer", ROW)).contains("\"model_name\":\"tiny\"");
  }
}
