package io.millrace.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import io.millrace.server.model.BatchingConfig;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ImageLayout;
import io.millrace.server.model.ImagePreprocess;
import io.millrace.server.model.ImagePreprocess.Channels;
import io.millrace.server.model.ImagePreprocess.PixelValues;
import io.millrace.server.model.ImagePreprocess.Resizing;
import io.millrace.server.model.InstancesConfig;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Preprocess;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import io.millrace.v1.HttpModelRequest;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ContentCallsTest {
  private static final TensorSpec ROWS = TensorSpec.of("x", DataType.FP32, -1, 2);
  private static final TensorSpec TEXT = TensorSpec.of("text", DataType.BYTES, -1, 1);
  private static final TensorSpec PIXELS = TensorSpec.of("image", DataType.UINT8, -1, 1, 2, 3);
  private static final String RAW = "application/octet-stream";

  private final Queue<Runnable> handedOver = new ConcurrentLinkedQueue<>();
  private final RunningRest rest =
      new RunningRest(
          Map.of(
              "rows", echo(ROWS),
              "text", echo(TEXT),
              "image", echo(PIXELS),
              "several", echo(ROWS, TEXT, PIXELS)),
          work -> {
            handedOver.add(work);
            new Thread(work, "rest-0").start();
          });

  private static Signature echo(TensorSpec... inputs) {
    return new Signature(
        List.of(inputs),
        Arrays.stream(inputs)
            .map(in -> TensorSpec.of(in.name() + "_out", in.dtype(), in.shape().toArray()))
            .toList());
  }

  @AfterEach
  void stop() {
    rest.close();
  }

  private String answer(HttpModelRequest request) {
    return compact(rest.stub().predict(request));
  }

  private static String compact(HttpBody answer) {
    return answer.getData().toStringUtf8().replaceAll("\\s", "");
  }

  private static HttpModelRequest request(String model, String type, byte[] body) {
    return RunningRest.request(model, type, ByteString.copyFrom(body));
  }

  private RunningRest.End refusal(HttpModelRequest request) {
    return RunningRest.failed(() -> rest.stub().predict(request));
  }

  private static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  private void declareImage(String model) {
    ImagePreprocess image =
        new ImagePreprocess(
            0, 0, ImageLayout.NHWC, Channels.RGB, PixelValues.DEFAULT, Resizing.DEFAULT, 100);
    rest.serve(
        model,
        2,
        new ModelConfig(
            List.of(),
            List.of(),
            InstancesConfig.DERIVED,
            BatchingConfig.DERIVED,
            OutputRoles.NONE,
            new Preprocess(Map.of("image", image))));
  }

  /** One line of two pixels. */
  private static byte[] png() {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, 0x010203);
    image.setRGB(1, 0, 0x040506);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
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
  void aForm_hasAPartForEachInput() {
    declareImage("several");
    ByteString form =
        ByteString.copyFromUtf8(
                """
                --b
                Content-Disposition: form-data; name="text"

                hello
                --b
                Content-Disposition: form-data; name="x"

                [[1, 2]]
                --b
                Content-Disposition: form-data; name="image"; filename="a.png"
                Content-Type: application/octet-stream

                """
                    .replace("\n", "\r\n"))
            .concat(ByteString.copyFrom(png()))
            .concat(ByteString.copyFromUtf8("\r\n--b--\r\n"));

    assertThat(answer(RunningRest.request("several", "multipart/form-data; boundary=b", form)))
        .isEqualTo(
            "{\"predictions\":[{\"x_out\":[1.0,2.0],\"text_out\":[\"hello\"],"
                + "\"image_out\":[[[1,2,3],[4,5,6]]]}]}");
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
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          name="y"    | 1       | REQUEST_MALFORMED     | part 'y': the model has no such input
          name="x"    | [[1]    | REQUEST_MALFORMED     | part 'x' ends before its JSON does
          name="x"    | ["a"]   | TENSOR_DTYPE_MISMATCH | part 'x'[0]: expected type FP32, got a text
          name="x"    | [[1,2]] | TENSOR_MISSING        | input 'text'
          """)
  void aPartThatDoesNotFit_isNamed(String name, String value, String reason, String words) {
    String form =
        "--b\r\nContent-Disposition: form-data; " + name + "\r\n\r\n" + value + "\r\n--b--";

    RunningRest.End end =
        refusal(request("several", "multipart/form-data; boundary=b", form.getBytes(UTF_8)));

    assertThat(end.reason()).isEqualTo(reason);
    assertThat(end.message()).contains(words);
  }

  @Test
  void aPartThatComesTwice_isRefused() {
    String part = "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n[[1, 2]]\r\n";

    assertThat(
            refusal(
                    request(
                        "rows",
                        "multipart/form-data; boundary=b",
                        (part + part + "--b--").getBytes(UTF_8)))
                .reason())
        .isEqualTo("TENSOR_DUPLICATE");
  }

  @ParameterizedTest
  @ValueSource(strings = {"image/png", "multipart/form-data; boundary=b"})
  void whatTakesLongToDecode_isReadByTheWorkersHoweverSmall(String type) {
    refusal(request("rows", type, new byte[] {1}));
    assertThat(handedOver).hasSize(1);

    refusal(request("rows", "text/plain", new byte[] {1}));
    assertThat(handedOver).hasSize(1);
  }

  @Test
  void aBareNumberOfAForm_isARow() {
    HttpModelRequest form =
        request(
            "text",
            "multipart/form-data; boundary=b",
            "--b\r\nContent-Disposition: form-data; name=text\r\nContent-Type: application/json\r\n\r\n\"a\"\r\n--b--"
                .getBytes(UTF_8));

    assertThat(answer(form)).isEqualTo("{\"predictions\":[[\"a\"]]}");
  }
}
