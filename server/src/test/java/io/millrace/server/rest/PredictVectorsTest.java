package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.api.HttpBody;
import io.millrace.server.lifecycle.ServableHandle;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds predict to the cases that were taken from TensorFlow Serving, token by token. */
class PredictVectorsTest {
  private static final String DEEP =
      "{\"other\": " + "[".repeat(900) + "]".repeat(900) + ", \"instances\": [1]}";

  private static RunningRest rest;

  record Case(String name, String model, String body, String want) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() throws IOException {
    List<Case> cases = new ArrayList<>();
    try (InputStream file = PredictVectorsTest.class.getResourceAsStream("/tfs-rest-vectors.json");
        JsonParser json = new JsonFactory().createParser(file)) {
      while (json.nextToken() != null) {
        if (json.currentToken() == JsonToken.START_ARRAY
            && json.getParsingContext().getParent().inArray()) {
          cases.add(
              new Case(
                  json.nextTextValue(),
                  json.nextTextValue(),
                  json.nextTextValue(),
                  json.nextTextValue()));
        }
      }
    }
    return cases.stream();
  }

  private static Signature signature(Map<String, DataType> inputs, Map<String, DataType> outputs) {
    return new Signature(specs(inputs), specs(outputs));
  }

  private static List<TensorSpec> specs(Map<String, DataType> types) {
    return types.entrySet().stream()
        .map(entry -> TensorSpec.of(entry.getKey(), entry.getValue(), -1))
        .toList();
  }

  @BeforeAll
  static void start() {
    Map<String, Signature> models = new HashMap<>();
    for (DataType type : DataType.values()) {
      models.put(
          type.name().toLowerCase(Locale.ROOT), signature(Map.of("x", type), Map.of("y", type)));
    }
    models.put("string", models.get("bytes"));
    models.put("bytes", signature(Map.of("x", DataType.BYTES), Map.of("y_bytes", DataType.BYTES)));
    models.put(
        "two_out",
        signature(Map.of("x", DataType.INT32), Map.of("a", DataType.INT32, "b", DataType.INT32)));
    models.put(
        "scalar_out",
        new Signature(
            specs(Map.of("x", DataType.INT32)), List.of(TensorSpec.of("y", DataType.INT32))));
    models.put(
        "fixed",
        new Signature(
            List.of(TensorSpec.of("x", DataType.INT32, -1, 2)),
            List.of(TensorSpec.of("y", DataType.INT32, -1, 2))));
    models.put("several", several());
    rest = new RunningRest(models, Runnable::run, PredictVectorsTest::anyRank);
  }

  private static Signature several() {
    return new Signature(
        List.of(
            TensorSpec.of("i", DataType.INT32, -1),
            TensorSpec.of("s", DataType.BYTES, -1),
            TensorSpec.of("f", DataType.FP32, -1),
            TensorSpec.of("d", DataType.FP64, -1)),
        List.of(
            TensorSpec.of("i_out", DataType.INT32, -1),
            TensorSpec.of("s_bytes", DataType.BYTES, -1),
            TensorSpec.of("f_out", DataType.FP32, -1),
            TensorSpec.of("d_out", DataType.FP64, -1)));
  }

  /** The identity models of the cases take tensors of any rank, which models here cannot say. */
  private static RunningRest.Running anyRank(RunningRest running) {
    return request -> {
      if (request.model().equals("fixed")) {
        return running.inference.infer(request);
      }
      try (ServableHandle handle = running.manager.acquire(request.model(), request.version())) {
        return handle
            .servable()
            .infer(request)
            .thenApply(outputs -> new InferenceResponse(handle.id(), outputs));
      }
    };
  }

  @AfterAll
  static void stop() {
    rest.close();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aCaseOfTheContract_holdsTokenByToken(Case one) {
    String body = one.body().equals("@deep") ? DEEP : one.body();
    if (one.want().startsWith("error")) {
      assertRefused(one, body);
      return;
    }

    HttpBody answer = rest.stub().predict(RunningRest.request(one.model(), body));

    assertThat(answer.getContentType()).isEqualTo("application/json");
    assertThat(CanonicalJson.of(answer.getData().toStringUtf8()))
        .isEqualTo(CanonicalJson.of(one.want()));
  }

  private static void assertRefused(Case one, String body) {
    RunningRest.End end =
        RunningRest.failed(() -> rest.stub().predict(RunningRest.request(one.model(), body)));

    assertThat(end.code()).isEqualTo("INVALID_ARGUMENT");
    assertThat(end.message()).isNotEmpty();
    String words = one.want().substring("error".length());
    if (!words.isEmpty()) {
      assertThat(end.message().toLowerCase(Locale.ROOT))
          .containsAnyOf(words.substring(2).split(" "));
    }
  }
}
