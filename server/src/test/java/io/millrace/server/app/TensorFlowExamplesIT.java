package io.millrace.server.app;

import static io.millrace.server.app.ExampleMessages.classes;
import static io.millrace.server.app.ExampleMessages.example;
import static io.millrace.server.app.ExampleMessages.floats;
import static io.millrace.server.app.ExampleMessages.list;
import static io.millrace.server.app.ExampleMessages.scores;
import static io.millrace.server.app.ExampleMessages.spec;
import static io.millrace.server.app.ExampleMessages.text;
import static io.millrace.server.app.ExampleMessages.whole;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.millrace.server.app.RestCalls.Answer;
import io.millrace.server.wire.WireMessage;
import io.millrace.server.wire.WireMessage.Fields;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a client of TensorFlow Serving sees of Classify and Regress: by gRPC with messages by the
 * field numbers of TensorFlow's own files, and by REST through the real Envoy.
 */
final class TensorFlowExamplesIT {
  private static final String SERVICE = "tensorflow.serving.PredictionService/";
  private static final Path MODELS = RunningServer.CHECKOUT.resolve("model-repo");
  private static final String FLOWER = "{\"features\": [5.1, 3.5, 1.4, 0.2]}";

  @TempDir private static Path temp;
  private static RunningServer server;
  private static ManagedChannel channel;
  private static RestCalls rest;

  @BeforeAll
  static void start() {
    Path repository = temp.resolve("repository");
    copy(repository, "iris", "classify: {scores: probabilities}\n");
    copy(repository, "diabetes", "regress: {value: progression}\n");
    Repositories.write(
        repository.resolve("tiny/config.yaml"),
        "version_policy: all\nlabels: {stable: 1}\nclassify: {scores: y}\n");
    Repositories.write(repository.resolve("tiny/labels.txt"), "low\nhigh\n");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "tiny", 2, "constant-version-2.onnx");
    Repositories.write(
        repository.resolve("pets/config.yaml"), "classify: {scores: scores, classes: names}\n");
    Repositories.drop(repository, "pets", 1, "named-scores.onnx");
    Repositories.drop(repository, "plain", 1, "identity-int8.onnx");
    Repositories.write(repository.resolve("bytes/config.yaml"), "regress: {value: nope}\n");
    Repositories.drop(repository, "bytes", 1, "identity-bytes.onnx");
    server = RunningServer.startWithEnvoy(repository);
    channel = server.channel();
    rest = new RestCalls(server.restUrl());
  }

  private static void copy(Path repository, String model, String config) {
    Repositories.write(repository.resolve(model).resolve("config.yaml"), config);
    Repositories.copy(MODELS.resolve(model).resolve("1"), repository.resolve(model).resolve("1"));
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static Fields call(String method, WireMessage spec, WireMessage input) {
    byte[] request = new WireMessage().message(1, spec).message(2, input).toBytes();
    return Fields.of(Calls.unary(channel, SERVICE + method, request));
  }

  private static String compact(Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.text().replaceAll("\\s", "");
  }

  @Test
  void flowers_areClassifiedByScoresThatAddUp_byGrpcAndRest() {
    Fields response =
        call(
            "Classify",
            spec("iris"),
            list(
                example("features", floats(5.1, 3.5, 1.4, 0.2)),
                example("features", floats(6.7, 3, 5.2, 2.3))));

    assertThat(response.message(1).all(1)).hasSize(2);
    List<Float> setosa = scores(response, 0);
    assertThat(setosa).hasSize(3);
    assertThat(setosa.get(0)).isGreaterThan(0.9f);
    assertThat(setosa.get(0) + setosa.get(1) + setosa.get(2)).isCloseTo(1, within(1e-4f));
    assertThat(scores(response, 1).get(2)).isGreaterThan(0.5f);
    assertThat(classes(response, 0)).allSatisfy(found -> assertThat(found.all(1)).isEmpty());
    assertThat(response.message(2).text(1)).isEqualTo("iris");
    assertThat(response.message(2).message(2).number(1)).isEqualTo(1);

    String json =
        compact(rest.post("/v1/models/iris:classify", "{\"examples\": [" + FLOWER + "]}"));
    assertThat(json).startsWith("{\"results\":[[[\"\",").endsWith("]]]}");
    assertThat(Float.parseFloat(json.split("[,\\]]", 3)[1])).isEqualTo(setosa.get(0));
  }

  @Test
  void patients_haveAValueEach_byGrpcAndRest() {
    double[] patient = {
      -0.08543, 0.05068, -0.040696, -0.033213, -0.081374, -0.06958, -0.006584, -0.039493, -0.057803,
      -0.042499
    };

    Fields response = call("Regress", spec("diabetes"), list(example("features", floats(patient))));

    assertThat(response.message(1).all(1)).hasSize(1);
    float value = response.message(1).message(1).fraction(1);
    assertThat(value).isBetween(25f, 346f);
    String json =
        compact(
            rest.post(
                "/v1/models/diabetes:regress",
                "{\"context\": {\"features\": %s}, \"examples\": [{}, {}]}"
                    .formatted(java.util.Arrays.toString(patient))));
    String[] values = json.replaceAll("[^0-9.,]", "").split(",");
    assertThat(values).hasSize(2);
    assertThat(Float.parseFloat(values[0])).isCloseTo(value, within(1e-3f));
    assertThat(values[1]).isEqualTo(values[0]);
  }

  @ParameterizedTest
  @CsvSource({"'', 2", "/versions/1, 1", "/labels/stable, 1"})
  void aVersionOrALabel_choosesWhoAnswers_andLabelsTxtNamesTheClasses(String path, long factor) {
    assertThat(
            compact(
                rest.post(
                    "/v1/models/tiny" + path + ":classify", "{\"examples\": [{\"x\": [1.5, 2]}]}")))
        .isEqualTo(
            "{\"results\":[[[\"low\",%s],[\"high\",%s]]]}".formatted(1.5f * factor, 2f * factor));
    WireMessage spec = spec("tiny");
    if (path.startsWith("/versions")) {
      spec.message(2, new WireMessage().number(1, 1));
    } else if (path.startsWith("/labels")) {
      spec.text(4, "stable");
    }
    assertThat(scores(call("Classify", spec, list(example("x", floats(1.5, 2)))), 0))
        .containsExactly(1.5f * factor, 2f * factor);
  }

  @Test
  void classes_haveTheNamesThatAnOutputGives() {
    Fields response =
        call(
            "Classify",
            spec("pets").text(3, "tensorflow/serving/classify"),
            list(example("x", floats(0.25, 0.75))));

    assertThat(classes(response, 0))
        .extracting(found -> found.text(1))
        .containsExactly("cat", "dög");
    assertThat(scores(response, 0)).containsExactly(0.25f, 0.75f);
    assertThat(
            compact(
                rest.post(
                    "/v1/models/pets:classify",
                    "{\"signature_name\": \"serving_default\", \"examples\": [{\"x\": [0.25, 0.75]}]}")))
        .isEqualTo("{\"results\":[[[\"cat\",0.25],[\"dög\",0.75]]]}");
  }

  @Test
  void metadata_nameTheSignatures() {
    assertThat(compact(rest.get("/v1/models/pets/metadata")))
        .contains(
            "\"serving_default\":{",
            "\"tensorflow/serving/classify\":{\"inputs\":{\"inputs\":{\"dtype\":\"DT_STRING\",",
            "\"method_name\":\"tensorflow/serving/classify\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'examples': [{'features': [1, 2, 3]}]} | examples[0]: feature 'features' has 3 values, but 4 are needed",
        "{'examples': [{'features': [1, 2, 3, 4]}, {'features': ['a']}]} | examples[1].features[0]: expected type FP32, got a text",
        "{'examples': [{'length': 1}]} | examples[0]: feature 'features' is missing",
        "{'examples': [{}]} | examples[0]: feature 'features' is missing",
        "{'examples': []} | examples: there are none",
        "{'instances': [[1, 2, 3, 4]]} | the body has no examples",
        "{'examples' | the body"
      })
  void aBadBody_isRefusedWithExampleAndFeature(String body, String words) {
    Answer answer = rest.post("/v1/models/iris:classify", body.replace('\'', '"'));

    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.text()).contains("\"code\":3", words);
  }

  /** As TensorFlow's {@code parse_example} does, which takes what its graph asks for. */
  @Test
  void featuresThatTheModelHasNoInputFor_arePassedOver_byGrpcAndRest() {
    WireMessage features =
        new WireMessage()
            .entry(1, "id", text("a-7"))
            .entry(1, "x", floats(0.25, 0.75))
            .entry(1, "weight", whole(3));

    Fields response =
        call(
            "Classify",
            spec("pets").text(3, "tensorflow/serving/classify"),
            list(new WireMessage().message(1, features)));

    assertThat(scores(response, 0)).containsExactly(0.25f, 0.75f);
    assertThat(response.message(2).text(3)).isEqualTo("tensorflow/serving/classify");
    assertThat(
            compact(
                rest.post(
                    "/v1/models/pets:classify",
                    "{\"examples\": [{\"id\": \"a-7\", \"x\": [0.25, 0.75], \"weight\": 3}]}")))
        .isEqualTo("{\"results\":[[[\"cat\",0.25],[\"dög\",0.75]]]}");
  }

  /** Bad requests by gRPC have the reasons that they have by REST. */
  @Test
  void aBadMessage_isRefusedWithExampleAndFeature() {
    assertRefused(
        example("features", floats(1, 2, 3)),
        "TENSOR_SHAPE_MISMATCH",
        "examples[0]: feature 'features' has 3 values, but 4 are needed");
    assertRefused(
        example("features", text("a")),
        "TENSOR_DTYPE_MISMATCH",
        "examples[0]: feature 'features' has a bytes_list, but the input is FP32");
    assertRefused(
        example("features", whole(1)),
        "TENSOR_DTYPE_MISMATCH",
        "examples[0]: feature 'features' has a int64_list");
    assertRefused(
        example("length", floats(1)),
        "TENSOR_MISSING",
        "examples[0]: feature 'features' is missing");
    assertRefused(
        new WireMessage(), "TENSOR_MISSING", "examples[0]: feature 'features' is missing");
  }

  private static void assertRefused(WireMessage example, String reason, String words) {
    StatusRuntimeException failure =
        Calls.failure(() -> call("Classify", spec("iris"), list(example)));

    assertThat(Calls.reason(failure)).isEqualTo(reason);
    assertThat(failure).hasMessageContaining(words);
  }

  @ParameterizedTest
  @ValueSource(strings = {"classify", "regress"})
  void aModelWhoseConfigurationSaysNothing_isRefusedWithWhatToAdd(String verb) {
    Answer answer = rest.post("/v1/models/plain:" + verb, "{\"examples\": [{\"x\": 1}]}");

    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.text())
        .contains("model 'plain' does not " + verb, "add " + verb + ": {", "'y' INT8 [-1]");
  }

  @Test
  void anOutputThatThereIsNot_failsTheLoad() {
    assertThat(Calls.status(channel, "bytes").get(0).getStatus().getErrorMessage())
        .contains(
            "bytes/config.yaml: regress.value is the output 'nope', of which the model has none");
    assertThat(rest.post("/v1/models/bytes:regress", "{\"examples\": []}").status()).isEqualTo(400);
  }

  @Test
  void otherMethodsAndTypes_areRefusedAsOfPredict() {
    assertThat(rest.get("/v1/models/iris:classify").status()).isEqualTo(405);
    assertThat(
            rest.post("/v1/models/iris:regress", "x".getBytes(UTF_8), "content-type", "image/png")
                .status())
        .isEqualTo(415);
  }

  @Test
  void calls_areCountedAsThoseOfAnyProtocol() {
    var unused = call("Classify", spec("pets"), list(example("x", floats(1, 0))));

    assertThat(new RestCalls(server.monitoring()).get("/metrics").text())
        .containsPattern(
            "millrace_inference_requests_total\\{model_name=\"pets\",model_version=\"1\"} ");
  }
}
