package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import io.millrace.server.app.RestCalls.Answer;
import io.millrace.v1.DataType;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The samples of each model in the box give the same numbers by REST as by gRPC. */
final class SampleRequestsIT {
  private static final Path MODELS = RunningServer.CHECKOUT.resolve("model-repo");

  private static RunningServer server;
  private static RestCalls rest;

  @BeforeAll
  static void start() {
    server = RunningServer.startWithEnvoy(MODELS);
    rest = new RestCalls(server.restUrl());
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  static Stream<String> models() throws IOException {
    try (Stream<Path> folders = Files.list(MODELS)) {
      List<String> names =
          folders
              .filter(Files::isDirectory)
              .map(folder -> folder.getFileName().toString())
              .sorted()
              .toList();
      assertThat(names).hasSizeGreaterThanOrEqualTo(6);
      return names.stream();
    }
  }

  private static String sample(String model, String file) throws IOException {
    return Files.readString(MODELS.resolve(model).resolve("samples").resolve(file));
  }

  private static <B extends Message.Builder> B parse(String json, B builder) {
    try {
      JsonFormat.parser().merge(json, builder);
      return builder;
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(json, e);
    }
  }

  private static PredictResponse byGrpc(String model) throws IOException {
    PredictRequest.Builder request = PredictRequest.newBuilder();
    return Calls.predict(server.channel(), parse(sample(model, "request.json"), request).build());
  }

  @ParameterizedTest
  @MethodSource("models")
  void predictByRest_givesTheNumbersOfGrpc(String model) throws IOException {
    PredictResponse expected = byGrpc(model);

    Answer answer = rest.post("/v1/models/" + model + ":predict", sample(model, "predict.json"));

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    List<Value> rows =
        parse(answer.text(), Struct.newBuilder())
            .getFieldsOrThrow("predictions")
            .getListValue()
            .getValuesList();
    assertThat(rows).isNotEmpty();
    for (Tensor output : expected.getOutputsList()) {
      assertThat(numbers(rows, output.getName())).as(output.getName()).isEqualTo(numbers(output));
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void predictTensorsByRest_givesTheBytesOfGrpc(String model) throws IOException {
    Answer answer =
        rest.post("/v1/models/" + model + ":predictTensors", sample(model, "request.json"));

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(parse(answer.text(), PredictResponse.newBuilder()).build()).isEqualTo(byGrpc(model));
  }

  private static List<Number> numbers(Tensor output) {
    ByteBuffer raw = output.getRaw().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    List<Number> numbers = new ArrayList<>();
    while (raw.hasRemaining()) {
      numbers.add(output.getDtype() == DataType.DT_INT64 ? (float) raw.getLong() : raw.getFloat());
    }
    return numbers;
  }

  /** An output alone has no name. */
  private static List<Number> numbers(List<Value> rows, String output) {
    List<Number> numbers = new ArrayList<>();
    for (Value row : rows) {
      collect(row.hasStructValue() ? row.getStructValue().getFieldsOrThrow(output) : row, numbers);
    }
    return numbers;
  }

  private static void collect(Value value, List<Number> numbers) {
    if (value.hasListValue()) {
      value.getListValue().getValuesList().forEach(element -> collect(element, numbers));
    } else {
      numbers.add((float) value.getNumberValue());
    }
  }
}
