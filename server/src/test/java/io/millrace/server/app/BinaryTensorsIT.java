package io.millrace.server.app;

import static io.millrace.server.app.BinaryCalls.HEAD_LENGTH;
import static io.millrace.server.app.BinaryCalls.floats;
import static io.millrace.server.app.BinaryCalls.json;
import static io.millrace.server.app.BinaryCalls.tensors;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferInputTensor;
import io.millrace.server.app.RestCalls.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors as bytes behind the JSON, both ways through the real Envoy and a real engine. */
final class BinaryTensorsIT {
  @TempDir private static Path temp;
  private static RunningServer server;
  private static RestCalls rest;
  private static BinaryCalls binary;
  private static GRPCInferenceServiceBlockingStub grpc;

  @BeforeAll
  static void start() {
    Path repository = temp.resolve("repository");
    everyType()
        .map(TypedBytes::model)
        .forEach(model -> Repositories.drop(repository, model, 1, model + ".onnx"));
    Repositories.drop(repository, "add-sub", 1, "add-sub.onnx");
    server = RunningServer.startWithEnvoy(repository);
    rest = new RestCalls(server.restUrl());
    binary = new BinaryCalls(rest);
    grpc = GRPCInferenceServiceGrpc.newBlockingStub(server.channel());
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  static Stream<TypedBytes> everyType() {
    return TypedBytes.ofEveryType().stream();
  }

  private static String input(TypedBytes sent) {
    return "{'inputs': [{'name': 'x', 'shape': [2], 'datatype': '%s', 'parameters': {'binary_data_size': %d}}]"
        .formatted(sent.type(), sent.raw().size());
  }

  /** What the engine gives a caller by gRPC, who asks the server itself. */
  private static ByteString byGrpc(TypedBytes sent) {
    return grpc.modelInfer(
            ModelInferRequest.newBuilder()
                .setModelName(sent.model())
                .addInputs(
                    InferInputTensor.newBuilder().setName("x").setDatatype(sent.type()).addShape(2))
                .addRawInputContents(sent.raw())
                .build())
        .getRawOutputContents(0);
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void valuesOfEachType_comeBackAsTheyDoByGrpc(TypedBytes sent) {
    for (String wanted :
        List.of(
            ", 'parameters': {'binary_data_output': true}}",
            ", 'outputs': [{'name': 'y', 'parameters': {'binary_data': true}}]}")) {
      Answer answer = binary.infer(sent.model(), input(sent) + wanted, sent.raw());

      assertThat(tensors(answer)).isEqualTo(sent.raw()).isEqualTo(byGrpc(sent));
      assertThat(json(answer))
          .contains(
              "\"name\":\"y\",\"datatype\":\"" + sent.type() + "\",\"shape\":[2]",
              "\"parameters\":{\"binary_data_size\":" + sent.raw().size() + "}")
          .doesNotContain("\"data\"");
    }
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void bytesAlone_areTheInput(TypedBytes sent) {
    Answer answer = binary.send(sent.model(), 0, sent.raw().toByteArray());

    ByteString given = sent.raw();
    if (sent.type().equals("BYTES")) {
      // One element is all of the body, whatever is in it.
      given = ByteString.copyFrom(new byte[] {(byte) given.size(), 0, 0, 0}).concat(given);
    }
    assertThat(tensors(answer)).isEqualTo(given);
  }

  @Test
  void jsonAndBytes_mixInOneCallAndInItsAnswer() {
    Answer answer =
        binary.infer(
            "add-sub",
            "{'id': 'mixed', 'inputs': [{'name': 'b', 'shape': [1, 2], 'datatype': 'FP32', 'parameters':"
                + " {'binary_data_size': 8}}, {'name': 'a', 'shape': [1, 2], 'datatype': 'FP32', 'data':"
                + " [[5, 7]]}], 'outputs': [{'name': 'sum'}, {'name': 'difference', 'parameters':"
                + " {'binary_data': true}}]}",
            floats(1, 2));

    assertThat(tensors(answer)).isEqualTo(floats(4, 5));
    assertThat(json(answer)).contains("\"id\":\"mixed\"", "\"data\":[6.0,9.0]");
  }

  @Test
  void bytesInAndJsonOut_needNoHeaderInTheAnswer() {
    Answer answer =
        binary.infer(
            "identity-fp32",
            "{'inputs': [{'name': 'x', 'shape': [2], 'datatype': 'FP32', 'parameters': {'binary_data_size': 8}}]}",
            floats(1, 2));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    assertThat(answer.header(HEAD_LENGTH)).isEmpty();
    assertThat(answer.text()).contains("\"data\":[1.0,2.0]");
  }

  @Test
  void anImagesWorth_passesBothWays() {
    float[] pixels = new float[3 * 224 * 224];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = i;
    }
    ByteString image = floats(pixels);
    String head =
        "{'inputs': [{'name': 'a', 'shape': [1, %1$d], 'datatype': 'FP32', 'parameters': {'binary_data_size': %2$d}},"
                .formatted(pixels.length, image.size())
            + " {'name': 'b', 'shape': [1, %1$d], 'datatype': 'FP32', 'parameters': {'binary_data_size': %2$d}}],"
                .formatted(pixels.length, image.size())
            + " 'parameters': {'binary_data_output': true}}";

    ByteString answered = tensors(binary.infer("add-sub", head, image.concat(image)));

    assertThat(answered.size()).isEqualTo(2 * image.size());
    ByteBuffer sum = answered.asReadOnlyByteBuffer().slice().order(ByteOrder.LITTLE_ENDIAN);
    assertThat(sum.getFloat((pixels.length - 1) * Float.BYTES)).isEqualTo(2f * (pixels.length - 1));
    assertThat(answered.substring(image.size()))
        .isEqualTo(ByteString.copyFrom(new byte[image.size()]));
  }

  private interface Compressing {
    OutputStream open(OutputStream compressed) throws IOException;
  }

  private static byte[] compressed(byte[] plain, Compressing compressing) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = compressing.open(bytes)) {
      out.write(plain);
    }
    return bytes.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate"})
  void aCompressedBody_isCutWhereItsPlainJsonEnds(String coding) throws IOException {
    String head =
        "{\"inputs\": [{\"name\": \"x\", \"shape\": [2], \"datatype\": \"FP32\", \"parameters\":"
            + " {\"binary_data_size\": 8}}], \"parameters\": {\"binary_data_output\": true}}";
    byte[] plain = ByteString.copyFromUtf8(head).concat(floats(1, 2)).toByteArray();
    Compressing compressing =
        coding.equals("gzip") ? GZIPOutputStream::new : DeflaterOutputStream::new;

    Answer answer =
        binary.send(
            "identity-fp32",
            head.length(),
            compressed(plain, compressing),
            "content-encoding",
            coding);

    assertThat(tensors(answer)).isEqualTo(floats(1, 2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          ~3  | REQUEST_MALFORMED    | Inference-Header-Content-Length is '~3'
          -1  | REQUEST_MALFORMED    | Inference-Header-Content-Length is '-1'
          999 | REQUEST_MALFORMED    | 999 bytes are JSON, but the body has
          7   | REQUEST_MALFORMED    | ends before its JSON does
          """)
  void aHeaderThatIsNotTheJsonsLength_isABadRequest(String header, String reason, String words) {
    byte[] body =
        "{\"inputs\": [{\"name\": \"x\", \"shape\": [2], \"datatype\": \"FP32\", \"data\": [1, 2]}]}"
            .getBytes(UTF_8);

    assertRefused(
        rest.post("/v2/models/identity-fp32/infer", body, HEAD_LENGTH, header), reason, words);
  }

  private static void assertRefused(Answer answer, String reason, String words) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    assertThat(answer.header(HEAD_LENGTH)).isEmpty();
    assertThat(answer.text()).contains("\"error\":", reason, words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'shape': [3], 'parameters': {'binary_data_size': 8}                    | TENSOR_SIZE_MISMATCH  | input 'x': FP32 [3] takes 12 bytes, got 8
          'shape': [2], 'parameters': {'binary_data_size': 12}                   | REQUEST_MALFORMED     | input 'x': binary_data_size is 12, but of the 8 bytes
          'shape': [1], 'parameters': {'binary_data_size': 4}                    | REQUEST_MALFORMED     | behind the JSON are 8 bytes, but all binary_data_size of its inputs make 4
          'shape': [2], 'parameters': {'binary_data_size': 8}, 'data': [1, 2]    | REQUEST_MALFORMED     | input 'x' has data and binary_data_size
          'shape': [2], 'parameters': {'binary_data_size': 8.0}                  | PARAMETER_INVALID     | binary_data_size of inputs[0].parameters is '8.0'
          'shape': [2, 1], 'parameters': {'binary_data_size': 8}                 | TENSOR_SHAPE_MISMATCH | input 'x': expected shape [-1]
          """)
  void bytesThatDoNotFit_areABadRequestThatNamesTheTensor(
      String fields, String reason, String words) {
    Answer answer =
        binary.infer(
            "identity-fp32",
            "{'inputs': [{'name': 'x', 'datatype': 'FP32', " + fields + "}]}",
            floats(1, 2));

    assertRefused(answer, reason, words);
  }

  @Test
  void bytesAlone_ofWhichNoShapeFollows_areABadRequest() {
    assertRefused(
        binary.send("identity-fp32", 0, new byte[5]),
        "TENSOR_SIZE_MISMATCH",
        "FP32 [-1] takes a multiple of 4 bytes, got 5");
    assertRefused(binary.send("add-sub", 0, new byte[8]), "REQUEST_MALFORMED", "['a', 'b']");
  }

  /** The page has to see where the JSON ends. */
  @Test
  void aPageOfThisMachine_mayUseTheHeaderBothWays() {
    Answer asked =
        rest.send(
            "OPTIONS",
            "/v2/models/identity-fp32/infer",
            "origin",
            "http://localhost:3000",
            "access-control-request-method",
            "POST",
            "access-control-request-headers",
            HEAD_LENGTH.toLowerCase(Locale.ROOT));
    Answer answer =
        rest.post(
            "/v2/models/identity-fp32/infer",
            new byte[4],
            HEAD_LENGTH,
            "0",
            "origin",
            "http://localhost:3000");

    assertThat(asked.header("access-control-allow-headers"))
        .contains(HEAD_LENGTH.toLowerCase(Locale.ROOT));
    assertThat(answer.header("access-control-expose-headers"))
        .contains(HEAD_LENGTH.toLowerCase(Locale.ROOT));
    assertThat(tensors(answer)).isEqualTo(ByteString.copyFrom(new byte[4]));
  }

  @Test
  void theServer_namesTheExtension() {
    assertThat(rest.get("/v2").text()).contains("\"binary_tensor_data\"");
  }
}
