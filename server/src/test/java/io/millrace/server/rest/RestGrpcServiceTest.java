package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.VersionSelector;
import io.millrace.v1.HttpModelRequest;
import io.millrace.v1.HttpServerRequest;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestGrpcServiceTest {
  private final Queue<Runnable> handedOver = new ConcurrentLinkedQueue<>();
  private RunningRest rest =
      new RunningRest(
          IrisCalls.IRIS,
          work -> {
            handedOver.add(work);
            new Thread(work, "rest-0").start();
          });

  @AfterEach
  void stop() {
    rest.close();
  }

  @Test
  void predict_answersInTheLayoutOfTensorFlowServing() {
    assertThat(
            rest.stub()
                .predict(RunningRest.request("iris", IrisCalls.BODY))
                .getData()
                .toStringUtf8())
        .isEqualTo(
            """
            {
                "predictions": [{
                        "y": [1.0, 2.0],
                        "z": [1.0, 2.0]
                    }]
            }
            """);
  }

  @Test
  void infer_echoesTheIdAndAnswersWhatWasAskedFor() {
    assertThat(
            rest.stub()
                .v2ModelInfer(RunningRest.request("iris", IrisCalls.INFER))
                .getData()
                .toStringUtf8())
        .isEqualTo(
            "{\"model_name\":\"iris\",\"model_version\":\"1\",\"id\":\"7\",\"outputs\":[{\"name\":"
                + "\"y\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1.0,2.5]}]}\n");
  }

  @Test
  void aModelThatIsNotThere_isToldWhatRestCanAsk() {
    HttpModelRequest nobody = RunningRest.request("nobody", IrisCalls.BODY);

    assertThat(RunningRest.failed(() -> rest.stub().predict(nobody)).message())
        .isEqualTo("there is no model 'nobody'; GET /v1/models names those there are");
  }

  @Test
  void aLargeBody_isReadByTheWorkersAndASmallOneIsNot() {
    rest.stub().predict(RunningRest.request("iris", IrisCalls.padded(RestMethods.QUICK_BYTES)));
    assertThat(handedOver).isEmpty();

    rest.stub().predict(RunningRest.request("iris", IrisCalls.padded(RestMethods.QUICK_BYTES + 1)));
    assertThat(handedOver).hasSize(1);
  }

  @Test
  void workersThatTakeNoMore_overloadTheServer() {
    rest.close();
    rest =
        new RunningRest(
            IrisCalls.IRIS,
            work -> {
              throw new RejectedExecutionException("full");
            });

    RunningRest.End end =
        RunningRest.failed(
            () ->
                rest.stub()
                    .predict(
                        RunningRest.request(
                            "iris", IrisCalls.padded(RestMethods.QUICK_BYTES + 1))));

    assertThat(end.code()).isEqualTo("UNAVAILABLE");
    assertThat(end.reason()).isEqualTo("SERVER_OVERLOADED");
  }

  @ParameterizedTest
  @CsvSource({
    "nobody, , , NOT_FOUND, MODEL_NOT_FOUND",
    "iris, 9, , NOT_FOUND, VERSION_NOT_FOUND",
    "iris, abc, , NOT_FOUND, VERSION_NOT_FOUND",
    "iris, 0, , NOT_FOUND, VERSION_NOT_FOUND",
    "iris, , canary, NOT_FOUND, VERSION_NOT_FOUND",
    "iris, , a/b, INVALID_ARGUMENT, REQUEST_MALFORMED",
    "org/name, , , INVALID_ARGUMENT, REQUEST_MALFORMED",
    "'', , , INVALID_ARGUMENT, REQUEST_MALFORMED",
  })
  void aPathThatNamesNothing_isRefusedByEveryMethod(
      String model, String version, String label, String code, String reason) {
    HttpModelRequest.Builder request = RunningRest.request(model, IrisCalls.BODY).toBuilder();
    if (version != null) {
      request.setVersion(version);
    }
    if (label != null) {
      request.setLabel(label);
    }
    HttpModelRequest asked = request.build();
    for (RunningRest.End end :
        List.of(
            RunningRest.failed(() -> rest.stub().predict(asked)),
            RunningRest.failed(() -> rest.stub().v2ModelInfer(asked)),
            RunningRest.failed(() -> rest.stub().getModelMetadata(asked)),
            RunningRest.failed(() -> rest.stub().v2ModelMetadata(asked)),
            RunningRest.failed(() -> rest.stub().v2ModelReady(asked)))) {
      assertThat(end.code()).isEqualTo(code);
      assertThat(end.reason()).isEqualTo(reason);
      if (model.equals("iris")) {
        assertThat(end.metadata()).containsEntry("model", "iris");
      }
    }
  }

  @Test
  void aLabelAndAVersion_nameWhatTheyPointAt() {
    HttpModelRequest request = RunningRest.request("iris", IrisCalls.BODY);

    assertThat(rest.stub().predict(request.toBuilder().setLabel("stable").build())).isNotNull();
    assertThat(rest.stub().predict(request.toBuilder().setVersion("1").build())).isNotNull();
  }

  @Test
  void aVersionThatGoesWhileItsBodyIsRead_isFollowedByItsSuccessor() {
    AtomicInteger runs = new AtomicInteger();
    AtomicLong ran = new AtomicLong();
    rest.close();
    rest =
        new RunningRest(
            IrisCalls.IRIS,
            Runnable::run,
            running ->
                request -> {
                  if (runs.getAndIncrement() == 0) {
                    running.serve("iris", 2);
                  }
                  ran.set(version(request));
                  return running.inference.infer(request);
                });

    rest.stub().predict(RunningRest.request("iris", IrisCalls.BODY));

    assertThat(runs).hasValue(2);
    assertThat(ran).hasValue(2);
  }

  private static long version(InferenceRequest request) {
    return ((VersionSelector.ByNumber) request.version()).version();
  }

  @Test
  void metadata_hasTheShapeOfTensorFlowServing() {
    String metadata =
        rest.stub()
            .getModelMetadata(HttpModelRequest.newBuilder().setModel("iris").build())
            .getData()
            .toStringUtf8();

    String x =
        """
        {"dtype": "DT_FLOAT", "name": "NAME", "tensor_shape": {"unknown_rank": false,
          "dim": [{"size": "-1", "name": ""}, {"size": "2", "name": ""}]}}
        """;
    assertThat(CanonicalJson.of(metadata))
        .isEqualTo(
            CanonicalJson.of(
                """
                {"model_spec": {"name": "iris", "signature_name": "", "version": "1"},
                 "metadata": {"signature_def": {"signature_def": {"serving_default": {
                   "inputs": {"x": %s}, "outputs": {"y": %s, "z": %s},
                   "method_name": "tensorflow/serving/predict"}}}}}
                """
                    .formatted(
                        x.replace("NAME", "x"), x.replace("NAME", "y"), x.replace("NAME", "z"))));
  }

  @Test
  void theOpenInferenceDocuments_areAsItsClientsReadThem() {
    HttpModelRequest iris = HttpModelRequest.newBuilder().setModel("iris").build();
    HttpServerRequest server = HttpServerRequest.getDefaultInstance();

    assertThat(rest.stub().v2ServerMetadata(server).getData().toStringUtf8())
        .isEqualTo(
            "{\"name\":\"millrace\",\"version\":\"1.2.3\",\"extensions\":[\"classification\","
                + "\"binary_tensor_data\",\"model_repository\",\"schedule_policy\","
                + "\"model_configuration\",\"statistics\"]}\n");
    assertThat(rest.stub().v2ServerLive(server).getData().toStringUtf8())
        .isEqualTo("{\"live\":true}\n");
    assertThat(rest.stub().v2ServerReady(server).getData().toStringUtf8())
        .isEqualTo("{\"ready\":true}\n");
    assertThat(rest.stub().v2ModelReady(iris).getData().toStringUtf8())
        .isEqualTo("{\"ready\":true}\n");
    assertThat(rest.stub().v2ModelMetadata(iris).getData().toStringUtf8())
        .isEqualTo(
            "{\"name\":\"iris\",\"versions\":[\"1\"],\"platform\":\"onnxruntime_onnx\",\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[-1,2]}],\"outputs\":[{\"name\":\"y\",\"datatype\":\"FP32\",\"shape\":[-1,2]},{\"name\":\"z\",\"datatype\":\"FP32\",\"shape\":[-1,2]}]}\n");
  }

  @Test
  void aServerThatIsNotReady_isUnavailable() {
    rest.ready.set(false);

    assertThat(
            RunningRest.failed(
                    () -> rest.stub().v2ServerReady(HttpServerRequest.getDefaultInstance()))
                .code())
        .isEqualTo("UNAVAILABLE");
  }
}
