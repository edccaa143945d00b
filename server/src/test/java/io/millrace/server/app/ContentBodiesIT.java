package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.app.RestCalls.Answer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images, texts, arrays and forms, through the real Envoy to real models. */
final class ContentBodiesIT {
  private static final String DIGITS = "/v1/models/digits:predict";
  private static final String RAW = "application/octet-stream";

  /** From paper, which is white, to ink. */
  private static final int MOST_INK = 16;

  @TempDir private static Path temp;
  private static RunningServer server;
  private static RestCalls rest;

  @BeforeAll
  static void start() {
    Path repository = temp.resolve("repository");
    Repositories.copy(
        RunningServer.CHECKOUT.resolve("model-repo/digits/1"), made(repository, "digits/1"));
    Repositories.write(
        repository.resolve("digits/config.yaml"),
        """
        preprocess:
          image:
            image: {layout: NHW, channels: GRAY, scale: -0.06274509803921569, mean: -16}
        """);
    Repositories.drop(repository, "upper", 1, "upper.onnx");
    Repositories.drop(repository, "echo", 1, "identity-fp32.onnx");
    Repositories.drop(repository, "two", 1, "add-sub.onnx");
    Repositories.drop(repository, "odd", 1, "identity-fp32.onnx");
    Repositories.write(
        repository.resolve("odd/config.yaml"), "preprocess: {x: {image: {width: 8, height: 8}}}");
    server = RunningServer.startWithEnvoy(repository);
    rest = new RestCalls(server.restUrl());
  }

  private static Path made(Path repository, String folder) {
    try {
      Files.createDirectories(repository.resolve(folder).getParent());
      return repository.resolve(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  /** A digit one, more or less. */
  private static BufferedImage digit() {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < 8; y++) {
      for (int x = 0; x < 8; x++) {
        image.getRaster().setSample(x, y, 0, x == 3 || x == 4 ? 10 * y : 255);
      }
    }
    return image;
  }

  private static byte[] file(String format, BufferedImage image) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      assertThat(ImageIO.write(image, format, out)).isTrue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** What the model is to see, computed here. */
  private static float[] ink(BufferedImage image) {
    float[] ink = new float[64];
    for (int i = 0; i < ink.length; i++) {
      int sample = image.getRaster().getSample(i % 8, i / 8, 0);
      ink[i] = (float) (sample * -0.06274509803921569) + MOST_INK;
    }
    return ink;
  }

  private static byte[] floats(float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  private static String asJson(float[] ink) {
    List<String> lines = new ArrayList<>();
    for (int y = 0; y < 8; y++) {
      lines.add(Arrays.toString(Arrays.copyOfRange(ink, 8 * y, 8 * y + 8)));
    }
    return "{\"instances\":[" + lines + "]}";
  }

  private static Answer post(String path, byte[] body, String type) {
    return rest.post(path, body, "content-type", type);
  }

  @Test
  void aPicture_isAnsweredAsItsPixelsAre() {
    Answer pixels = rest.post(DIGITS, asJson(ink(digit())));
    Answer raw = post(DIGITS, floats(ink(digit())), RAW);
    Answer picture = post(DIGITS, file("png", digit()), "image/png");

    assertThat(pixels.status()).as(pixels.text()).isEqualTo(200);
    assertThat(pixels.text()).contains("\"label\": 1");
    assertThat(raw.text()).isEqualTo(pixels.text());
    assertThat(picture.text()).isEqualTo(pixels.text());
  }

  @Test
  void aPictureThatCurlCallsAForm_isToldHowToSayWhatItIs() {
    Answer answer = post(DIGITS, file("png", digit()), "application/x-www-form-urlencoded");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("REQUEST_MALFORMED", "-H 'Content-Type: image/png'");
  }

  @Test
  void aPictureInJson_isAnsweredAsItsPixelsAre() {
    String pixels = rest.post(DIGITS, asJson(ink(digit()))).text();
    String value = "{\"b64\":\"" + Base64.getEncoder().encodeToString(file("png", digit())) + "\"}";

    Answer row = rest.post(DIGITS, "{\"instances\":[" + value + "]}");
    Answer named = rest.post(DIGITS, "{\"instances\":[{\"image\":" + value + "}]}");
    Answer column = rest.post(DIGITS, "{\"inputs\":{\"image\":[" + value + "," + value + "]}}");
    Answer none = rest.post(DIGITS, "{\"instances\":[" + value + ",{\"b64\":\"AAAA\"}]}");

    assertThat(row.text()).isEqualTo(pixels);
    assertThat(named.text()).isEqualTo(pixels);
    assertThat(column.text()).contains("\"label\": [1, 1]");
    assertThat(none.status()).isEqualTo(400);
    assertThat(none.text()).contains("REQUEST_MALFORMED", "instances[1]: expected an image");
  }

  @ParameterizedTest
  @CsvSource({"jpeg, image/jpeg", "gif, image/gif", "bmp, image/x-ms-bmp"})
  void picturesOfOtherFormats_areRead(String format, String type) {
    Answer answer = post(DIGITS, file(format, digit()), type);

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.text()).contains("\"label\": ");
  }

  /** As phones write it that film while they take a picture; with a marker of JPEG in each KB. */
  @Test
  void aPictureWithAFilmBehindIt_isThePicture() {
    byte[] picture = file("jpeg", digit());
    byte[] both = Arrays.copyOf(picture, picture.length + (200 << 10));
    for (int at = picture.length; at + 1 < both.length; at += 1 << 10) {
      both[at] = (byte) 0xFF;
      both[at + 1] = (byte) 0xDA;
    }

    assertThat(post(DIGITS, both, "image/jpeg").text())
        .isEqualTo(post(DIGITS, picture, "image/jpeg").text());
  }

  @Test
  void aText_isOneElement() {
    assertThat(post("/v1/models/upper:predict", "shout".getBytes(UTF_8), "text/plain").text())
        .contains("\"SHOUT\"");
  }

  @Test
  void anArray_comesAndGoes() {
    byte[] file = npy(floats(1.5f, -2));
    Answer answer =
        rest.post(
            "/v1/models/echo:predict",
            file,
            "content-type",
            "application/x-npy",
            "accept",
            "application/x-npy");

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.header("content-type")).isEqualTo("application/x-npy");
    byte[] body = answer.response().body();
    assertThat(Arrays.copyOfRange(body, 128, body.length)).isEqualTo(floats(1.5f, -2));
  }

  /** As curl sends it, which says no type: with its header it would be more rows. */
  @Test
  void anArrayThatIsSentAsBytes_isReadAsTheFileThatItIs() {
    byte[] file = npy(floats(1.5f, -2));
    byte[] head =
        "--b\r\ncontent-disposition: form-data; name=x; filename=a.npy\r\n\r\n".getBytes(UTF_8);
    byte[] end = "\r\n--b--\r\n".getBytes(UTF_8);
    byte[] form =
        ByteBuffer.allocate(head.length + file.length + end.length)
            .put(head)
            .put(file)
            .put(end)
            .array();

    for (Answer answer :
        List.of(
            post("/v1/models/echo:predict", file, RAW),
            post("/v1/models/echo:predict", form, "multipart/form-data; boundary=b"))) {
      assertThat(answer.text().replaceAll("\\s", "")).isEqualTo("{\"predictions\":[1.5,-2.0]}");
    }
  }

  @Test
  void anEmptyText_isOneElementToo() {
    assertThat(post("/v1/models/upper:predict", new byte[0], "text/plain").text())
        .matches("(?s).*\"predictions\": \\[\\s*\"\"\\s*\\].*");
  }

  private static byte[] npy(byte[] values) {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
    return ByteBuffer.allocate(10 + header.length() + values.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put((byte) 0x93)
        .put("NUMPY\u0001\u0000".getBytes(UTF_8))
        .putShort((short) header.length())
        .put(header.getBytes(UTF_8))
        .put(values)
        .array();
  }

  @Test
  void aForm_fillsSeveralInputs() {
    String form =
        """
        --b
        content-disposition: form-data; name="a"

        [[5, 6]]
        --b
        content-disposition: form-data; name="b"
        content-type: application/json

        [[1, 2]]
        --b--
        """
            .replace("\n", "\r\n");

    Answer answer =
        post("/v1/models/two:predict", form.getBytes(UTF_8), "multipart/form-data; boundary=b");

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.text().replaceAll("\\s", ""))
        .contains("\"sum\":[6.0,8.0]", "\"difference\":[4.0,4.0]");
  }

  @Test
  void theQuery_saysWhatRawBytesAre() {
    String path = "/v1/models/echo/versions/1:predict?input=x&dtype=FP32&shape=2";

    assertThat(post(path, floats(3, 4), RAW).text().replaceAll("\\s", ""))
        .isEqualTo("{\"predictions\":[3.0,4.0]}");
    assertThat(post(path.replace("shape=2", "shape=two"), floats(3, 4), RAW).status())
        .isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /v1/models/digits:predict      | image/png                | 400 | body: expected an image
          /v1/models/echo:predict        | image/png                | 400 | input 'x', got an image
          /v1/models/upper:predict       | application/x-npy        | 400 | no npy file
          /v1/models/two:predict         | application/octet-stream | 400 | ['a', 'b']
          /v1/models/two:predict?input=c | application/octet-stream | 400 | ?input=c
          /v1/models/echo:predict        | application/pdf          | 415 | application/x-npy
          /v1/models/upper:predict?shape=1 | text/plain             | 400 | ?shape says the shape of values that come as application/octet-stream; the body is a text
          /v1/models/odd:predict         | image/png                | 400 | layout NCHW has 4 dimensions
          """)
  void whatCannotBeRead_isSaidInJson(String path, String type, int status, String words) {
    Answer answer = post(path, "nonsense".getBytes(UTF_8), type);

    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.text()).contains("\"error\":\"", words, "\"reason\":\"");
  }

  @ParameterizedTest
  @ValueSource(ints = {1 << 20, 60 << 20})
  void aLargeBody_passes(int bytes) {
    byte[] text = new byte[bytes];
    Arrays.fill(text, (byte) 'a');

    Answer answer = post("/v1/models/upper:predict", text, "text/plain");

    assertThat(answer.status()).as(answer.header("content-length")).isEqualTo(200);
    assertThat(answer.response().body().length).isGreaterThan(bytes);
  }
}
