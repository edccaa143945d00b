package io.millrace.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import io.millrace.v1.HttpModelRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that are one value, by their type: texts, raw values, images and arrays. */
final class ContentCallsTest extends EchoedContentTest {
  private static final String RAW = "application/octet-stream";

  private static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  @Test
  void aText_isTheOneElementOfTheOneInput() {
    assertThat(
            answer(request("text", "text/plain; charset=UTF-8", "gr\u00fc\u00df".getBytes(UTF_8))))
        .isEqualTo("{\"predictions\":[[\"gr\u00fc\u00df\"]]}");
    assertThat(answer(request("text", "audio/wav", "RIFF".getBytes(UTF_8)))).contains("\"RIFF\"");
    assertThat(answer(request("text", RAW, "bytes".getBytes(UTF_8)))).contains("\"bytes\"");
  }

  @Test
  void rawValues_takeTypeAndShapeOfTheInput() {
    assertThat(answer(request("rows", RAW, floats(1, 2, 3, 4))))
        .isEqualTo("{\"predictions\":[[1.0,2.0],[3.0,4.0]]}");
    assertThat(
            answer(
                request("rows", RAW, floats(1, 2)).toBuilder()
                    .setInput("x")
                    .setDtype("FP32")
                    .addShape(1)
                    .addShape(2)
                    .build()))
        .isEqualTo("{\"predictions\":[[1.0,2.0]]}");
  }

  @Test
  void rawElements_comeBehindTheirLengthsWhereAShapeIsGiven() {
    byte[] two = {1, 0, 0, 0, 'a', 2, 0, 0, 0, 'b', 'c'};
    HttpModelRequest request =
        request("text", RAW, two).toBuilder().addShape(2).addShape(1).build();

    assertThat(answer(request)).isEqualTo("{\"predictions\":[[\"a\"],[\"bc\"]]}");
    assertThat(refusal(request.toBuilder().clearShape().addShape(3).addShape(1).build()).reason())
        .isEqualTo("TENSOR_SIZE_MISMATCH");
  }

  @Test
  void anImage_isDecodedAsTheModelSays() {
    declareImage("image");

    assertThat(answer(request("image", "image/png", png())))
        .isEqualTo("{\"predictions\":[[[[1,2,3],[4,5,6]]]]}");
  }

  @Test
  void anArray_isReadAndWritten() {
    ByteString file =
        NpyFile.of(">f4", false, "(1, 2)", new byte[] {63, (byte) 128, 0, 0, 64, 0, 0, 0});

    assertThat(answer(RunningRest.request("rows", "application/x-npy", file)))
        .isEqualTo("{\"predictions\":[[1.0,2.0]]}");
    HttpBody npy =
        rest.stub("accept", "application/x-npy")
            .predict(RunningRest.request("rows", "{\"instances\": [[1, 2]]}"));
    assertThat(npy.getContentType()).isEqualTo("application/x-npy");
    assertThat(npy.getData().substring(128).toByteArray()).isEqualTo(floats(1, 2));
    assertThat(npy.getData().substring(0, 128).toStringUtf8()).contains("'shape': (1, 2)");
  }

  @Test
  void anAnswerThatIsNoArray_isRefusedUnlessJsonIsAsWelcome() {
    HttpModelRequest text = request("text", "text/plain", "a".getBytes(UTF_8));

    RunningRest.End end =
        RunningRest.failed(() -> rest.stub("accept", "application/x-npy").predict(text));

    assertThat(end.reason()).isEqualTo("UNSUPPORTED_OPERATION");
    assertThat(end.message()).contains("'text_out' BYTES");
    assertThat(rest.stub("accept", "application/x-npy, */*;q=0.1").predict(text).getContentType())
        .isEqualTo("application/json");
  }

  @Test
  void jsonThatMightHaveBeenAnArray_keepsTheFormOfItsBody() {
    HttpModelRequest columns = RunningRest.request("text", "{\"inputs\": [[\"a\"]]}");

    assertThat(compact(rest.stub("accept", "application/x-npy, */*").predict(columns)))
        .isEqualTo("{\"outputs\":[[\"a\"]]}");
  }

  @Test
  void gzip_isInflatedForEachType() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(floats(1, 2));
    }

    assertThat(
            compact(
                rest.stub("content-encoding", "gzip")
                    .predict(request("rows", RAW, bytes.toByteArray()))))
        .isEqualTo("{\"predictions\":[[1.0,2.0]]}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          rows    | application/pdf           | UNIMPLEMENTED    | UNSUPPORTED_OPERATION | image/*, audio/*, video/*, text/plain, application/octet-stream, application/x-npy
          rows    | text/plain                | INVALID_ARGUMENT | TENSOR_DTYPE_MISMATCH | body: expected FP32 for input 'x', got a text
          rows    | image/png                 | INVALID_ARGUMENT | TENSOR_DTYPE_MISMATCH | body: expected FP32 for input 'x', got an image
          rows    | application/octet-stream  | INVALID_ARGUMENT | TENSOR_SIZE_MISMATCH  | input 'x' of FP32 [-1, 2] takes a multiple of 8 bytes, got 3
          rows    | application/x-npy         | INVALID_ARGUMENT | REQUEST_MALFORMED     | body: this is no npy file
          rows    | multipart/form-data       | INVALID_ARGUMENT | REQUEST_MALFORMED     | boundary
          text    | text/plain; charset=utf-7 | UNIMPLEMENTED    | UNSUPPORTED_OPERATION | 'utf-7'
          several | text/plain                | INVALID_ARGUMENT | REQUEST_MALFORMED     | ['x', 'text', 'image']
          nobody  | text/plain                | NOT_FOUND        | MODEL_NOT_FOUND       | 'nobody'
          """)
  void whatIsNotAsItShouldBe_isSaid(
      String model, String type, String code, String reason, String words) {
    RunningRest.End end = refusal(request(model, type, "abc".getBytes(UTF_8)));

    assertThat(end.code()).isEqualTo(code);
    assertThat(end.reason()).isEqualTo(reason);
    assertThat(end.message()).contains(words);
  }

  @Test
  void aQueryThatDoesNotFit_isSaid() {
    HttpModelRequest.Builder raw = request("rows", RAW, floats(1, 2)).toBuilder();

    assertThat(refusal(raw.clone().setInput("y").build()).message()).contains("?input=y", "['x']");
    assertThat(refusal(raw.clone().setDtype("float").build()).message())
        .contains("?dtype=float", "FP32");
    assertThat(refusal(raw.clone().setDtype("INT32").build()).message())
        .contains("expected FP32, got INT32");
    assertThat(refusal(raw.clone().addShape(2).build()).message())
        .contains("expected shape [-1, 2]", "got [2]");
    assertThat(refusal(raw.clone().addShape(-1).addShape(2).build()).message())
        .contains("?shape=[-1, 2]");
    assertThat(refusal(request("image", RAW, new byte[7])).reason())
        .isEqualTo("TENSOR_SIZE_MISMATCH");
  }

  @ParameterizedTest
  @ValueSource(strings = {"image/png", "multipart/form-data; boundary=b"})
  void whatTakesLongToDecode_isReadByTheWorkersHoweverSmall(String type) {
    refusal(request("rows", type, new byte[] {1}));
    assertThat(handedOver).hasSize(1);

    refusal(request("rows", "text/plain", new byte[] {1}));
    assertThat(handedOver).hasSize(1);
  }
}
