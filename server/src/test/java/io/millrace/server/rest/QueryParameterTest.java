package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import io.millrace.v1.HttpModelRequest;
import io.millrace.v1.RestServiceGrpc.RestServiceBlockingStub;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A query that means nothing for a call is refused by name, with what it is for. */
final class QueryParameterTest {
  private static RunningRest rest;

  @BeforeAll
  static void start() {
    Signature echo =
        new Signature(
            List.of(TensorSpec.of("x", DataType.FP32, -1, 2)),
            List.of(TensorSpec.of("y", DataType.FP32, -1, 2)));
    rest = new RunningRest(Map.of("rows", echo), work -> new Thread(work, "rest-0").start());
  }

  @AfterAll
  static void stop() {
    rest.close();
  }

  /** A query of one parameter. */
  enum Query {
    INPUT(request -> request.setInput("x")),
    DTYPE(request -> request.setDtype("FP32")),
    SHAPE(request -> request.addShape(1).addShape(2)),
    TOP_K(request -> request.setTopK(1));

    @SuppressWarnings("ImmutableEnumChecker") // A function without state.
    private final UnaryOperator<HttpModelRequest.Builder> said;

    Query(UnaryOperator<HttpModelRequest.Builder> said) {
      this.said = said;
    }

    HttpModelRequest of(String type, ByteString body) {
      return said.apply(RunningRest.request("rows", type, body).toBuilder()).build();
    }
  }

  /** The calls that are no prediction. */
  enum Other {
    CLASSIFY(RestServiceBlockingStub::classify),
    REGRESS(RestServiceBlockingStub::regress),
    INFER(RestServiceBlockingStub::v2ModelInfer),
    GENERATE(RestServiceBlockingStub::v2ModelGenerate),
    GENERATE_STREAM((stub, request) -> stub.v2ModelGenerateStream(request).next()),
    METADATA(RestServiceBlockingStub::getModelMetadata),
    V2_METADATA(RestServiceBlockingStub::v2ModelMetadata),
    READY(RestServiceBlockingStub::v2ModelReady),
    CONFIG(RestServiceBlockingStub::v2ModelConfig),
    STATISTICS(RestServiceBlockingStub::v2ModelStatistics),
    INDEX(RestServiceBlockingStub::v2RepositoryIndex),
    LOAD(RestServiceBlockingStub::v2RepositoryModelLoad),
    UNLOAD(RestServiceBlockingStub::v2RepositoryModelUnload);

    @SuppressWarnings("ImmutableEnumChecker") // A function without state.
    private final BiFunction<RestServiceBlockingStub, HttpModelRequest, HttpBody> method;

    Other(BiFunction<RestServiceBlockingStub, HttpModelRequest, HttpBody> method) {
      this.method = method;
    }
  }

  @ParameterizedTest
  @EnumSource
  void callsThatAreNoPrediction_takeNone(Other call) {
    for (Query query : Query.values()) {
      HttpModelRequest request = query.of("application/json", ByteString.copyFromUtf8("{}"));

      RunningRest.End end = RunningRest.failed(() -> call.method.apply(rest.stub(), request));

      assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
      assertThat(end.message())
          .startsWith("?%s ".formatted(query.name().toLowerCase(Locale.ROOT)))
          .endsWith("; only :predict takes it");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          INPUT | application/json                | ?input names the input that a picture, a text, a file or values are for; the body is JSON
          INPUT | multipart/form-data; boundary=b | ; the body is a form
          DTYPE | application/json                | ?dtype says the type of values that come as application/octet-stream; the body is JSON
          DTYPE | text/plain                      | ; the body is a text
          DTYPE | image/png                       | ; the body is a picture
          SHAPE | application/json                | ?shape says the shape of values that come as application/octet-stream; the body is JSON
          SHAPE | audio/wav                       | ; the body is a file
          SHAPE | application/x-npy               | ; the body is a file of NumPy
          SHAPE | multipart/form-data; boundary=b | ; the body is a form
          """)
  void aPredictionTakesWhatMeansSomethingForItsBody(Query query, String type, String words) {
    HttpModelRequest request = query.of(type, ByteString.copyFromUtf8("{\"instances\": [[1, 2]]}"));

    RunningRest.End end = RunningRest.failed(() -> rest.stub().predict(request));

    assertThat(end.code()).isEqualTo("INVALID_ARGUMENT");
    assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
    assertThat(end.message()).endsWith(words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          top_k=1&top_k=5        | ?top_k is given more than once: [1, 5]; give it once
          top_k=1&topK=1         | ?top_k is given more than once: [1, 1]; give it once
          input=x&shape=1&input= | ?input is given more than once: [x, ]; give it once
          """)
  void whatIsGivenMoreThanOnce_isRefused(String query, String words) {
    RunningRest.End end =
        RunningRest.failed(
            () ->
                rest.stub("x-envoy-original-path", "/v1/models/rows:predict?" + query)
                    .predict(RunningRest.request("rows", "{\"instances\": [[1, 2]]}")));

    assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
    assertThat(end.message()).isEqualTo(words);
  }

  @Test
  void aShape_isGivenSizeBySize() {
    HttpModelRequest request =
        Query.SHAPE.of("application/octet-stream", ByteString.copyFrom(new byte[8]));

    assertThat(
            rest.stub("x-envoy-original-path", "/v1/models/rows:predict?shape=1&shape=2&top_k=1")
                .predict(request)
                .getData()
                .toStringUtf8())
        .contains("predictions");
  }

  @ParameterizedTest
  @EnumSource
  void valuesOfAPrediction_takeAll(Query query) {
    HttpModelRequest request =
        query.of("application/octet-stream", ByteString.copyFrom(new byte[8]));

    assertThat(rest.stub().predict(request).getData().toStringUtf8()).contains("predictions");
  }
}
