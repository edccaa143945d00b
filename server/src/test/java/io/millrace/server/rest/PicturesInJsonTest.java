package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ImageLayout;
import io.millrace.server.model.ImagePreprocess;
import io.millrace.server.model.ImagePreprocess.Channels;
import io.millrace.server.model.ImagePreprocess.PixelValues;
import io.millrace.server.model.ImagePreprocess.Resizing;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pictures as base64 in JSON, as TensorFlow Serving's callers send them, for models that give their
 * inputs back. A picture is one line of two pixels; @ and # stand for the base64 of two of them.
 */
final class PicturesInJsonTest {
  private static final byte[] FIRST = Pictures.png(2, 0x010203, 0x040506);
  private static final byte[] SECOND = Pictures.png(2, 0x070809, 0x0A0B0C);

  private final Queue<Runnable> handedOver = new ConcurrentLinkedQueue<>();
  private final RunningRest rest =
      new RunningRest(
          Map.of(
              "image", echo("y", TensorSpec.of("image", DataType.FP32, -1, 3, 1, 2)),
              "pair",
                  echo(
                      "y",
                      TensorSpec.of("image", DataType.FP32, -1, 3, 1, 2),
                      TensorSpec.of("x", DataType.FP32, -1, 1)),
              "large",
                  new Signature(
                      List.of(TensorSpec.of("image", DataType.UINT8, -1, 1024, 1024, 3)),
                      List.of(TensorSpec.of("y", DataType.UINT8))),
              "plain", echo("y", TensorSpec.of("image", DataType.FP32, -1, 3, 1, 2)),
              "scores", echo("scores", TensorSpec.of("image", DataType.FP32, -1, 2))),
          work -> {
            handedOver.add(work);
            new Thread(work, "rest-0").start();
          });

  PicturesInJsonTest() {
    PixelValues values = new PixelValues(1, List.of(1.0), List.of(2.0));
    declare("image", 0, ImageLayout.NCHW, Channels.RGB, values);
    declare("pair", 0, ImageLayout.NCHW, Channels.RGB, values);
    declare("large", 0, ImageLayout.NHWC, Channels.RGB, PixelValues.DEFAULT);
    declare("scores", 1, ImageLayout.HW, Channels.GRAY, values);
  }

  private static Signature echo(String output, TensorSpec... inputs) {
    TensorSpec first = inputs[0];
    return new Signature(
        List.of(inputs), List.of(TensorSpec.of(output, first.dtype(), first.shape().toArray())));
  }

  private void declare(
      String model, int height, ImageLayout layout, Channels channels, PixelValues values) {
    Pictures.declare(
        rest,
        model,
        new ImagePreprocess(0, height, layout, channels, values, Resizing.DEFAULT, 100));
  }

  @AfterEach
  void stop() {
    rest.close();
  }

  private static String filled(String body) {
    return body.replace('\'', '"').replace("@", base64(FIRST)).replace("#", base64(SECOND));
  }

  private static String base64(byte[] file) {
    return Base64.getEncoder().encodeToString(file);
  }

  private String predict(String model, String body) {
    return compact(rest.stub().predict(RunningRest.request(model, filled(body))));
  }

  private static String compact(HttpBody answer) {
    return answer.getData().toStringUtf8().replaceAll("\\s", "");
  }

  private RunningRest.End refused(String model, String body) {
    return RunningRest.failed(() -> rest.stub().predict(RunningRest.request(model, filled(body))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'instances': [{'b64': '@'}]}",
        "{'instances': [{'image': {'b64': '@'}}]}",
        "{'inputs': {'b64': '@'}}",
        "{'inputs': [{'b64': '@'}]}",
        "{'inputs': {'image': {'b64': '@'}}}",
        "{'inputs': {'image': [{'b64': '@'}]}}",
        "{'signature_name': 'serving_default', 'instances': [{'\\u0062\\u0036\\u0034': '@'}]}"
      })
  void aPicture_becomesWhatItBecomesAsABody(String body) {
    HttpBody whole =
        rest.stub().predict(RunningRest.request("image", "image/png", ByteString.copyFrom(FIRST)));

    assertThat(predict("image", body).replace("outputs", "predictions")).isEqualTo(compact(whole));
  }

  @Test
  void severalPictures_areRowsOfOneTensor() {
    String rows = "[[[[0.0,1.5]],[[0.5,2.0]],[[1.0,2.5]]],[[[3.0,4.5]],[[3.5,5.0]],[[4.0,5.5]]]]";

    assertThat(predict("image", "{'instances': [{'b64': '@'}, {'b64': '#'}]}"))
        .isEqualTo("{\"predictions\":" + rows + "}");
    assertThat(predict("image", "{'inputs': {'image': [{'b64': '@'}, {'b64': '#'}]}}"))
        .isEqualTo("{\"outputs\":" + rows + "}");
    assertThat(
            predict(
                "pair",
                "{'instances': [{'image': {'b64': '@'}, 'x': [1]}, {'x': [2], 'image': {'b64': '#'}}]}"))
        .isEqualTo("{\"predictions\":" + rows + "}");
  }

  @Test
  void numbers_areReadWhereTheyAlwaysWere() {
    String numbers = "[[[[1.0,2.0]],[[3.0,4.0]],[[5.0,6.0]]]]";

    assertThat(predict("image", "{'instances': " + numbers + "}"))
        .isEqualTo("{\"predictions\":" + numbers + "}");
    assertThat(handedOver).isEmpty();
  }

  @Test
  void pictures_areDecodedByTheWorkersHoweverSmall() {
    predict("image", "{'instances': [{'b64': '@'}]}");
    assertThat(handedOver).hasSize(1);

    refused("image", "{'instances': [{'b64': 'AAAA'}]}");
    assertThat(handedOver).hasSize(2);

    rest.stub()
        .classify(RunningRest.request("scores", filled("{'examples': [{'image': {'b64': '@'}}]}")));
    assertThat(handedOver).hasSize(3);
  }

  @Test
  void aPartOfAForm_mayHoldThemToo() {
    String form =
        filled(
            "--b\r\nContent-Disposition: form-data; name=image\r\nContent-Type: application/json\r\n\r\n[{'b64': '@'}]\r\n--b--");

    assertThat(
            compact(
                rest.stub()
                    .predict(
                        RunningRest.request(
                            "image",
                            "multipart/form-data; boundary=b",
                            ByteString.copyFromUtf8(form)))))
        .contains("[[[[0.0,1.5]],[[0.5,2.0]],[[1.0,2.5]]]]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          image | {'instances': [{'b64': '@'}, {'b64': 'a?b'}]}                   | REQUEST_MALFORMED     | instances[1]: b64 holds text that is no base64
          image | {'instances': [{'b64': '@'}, {'b64': 'AAAA'}]}                  | REQUEST_MALFORMED     | instances[1]: expected an image, one of [JPEG, PNG, GIF, BMP]; got 3 bytes that begin with '000000'
          image | {'inputs': {'image': [{'b64': ''}]}}                            | REQUEST_MALFORMED     | inputs.image[0]: expected an image
          image | {'instances': [{'b64': '%'}]}                                   | MESSAGE_TOO_LARGE     | instances[0]: the image has 101 x 1 pixels
          pair  | {'instances': [{'x': [1], 'image': {'b64': 'AAAA'}}]}           | REQUEST_MALFORMED     | instances[0].image: expected an image
          image | {'instances': [{'b64': '@', 'x': 1}]}                           | REQUEST_MALFORMED     | with that one key
          image | {'instances': [{'image': {'b64': '@'}}, {'image': 5}]}          | TENSOR_SHAPE_MISMATCH | instances[1].image: a value where others are pictures
          image | {'instances': [{'image': 5}, {'image': {'b64': '@'}}]}          | TENSOR_SHAPE_MISMATCH | instances[1].image: a picture where others are values
          image | {'instances': [{'image': [[[1]]]}, {'image': {'b64': '@'}}]}    | TENSOR_SHAPE_MISMATCH | the shape is uneven
          image | {'instances': [[{'b64': '@'}]]}                                 | TENSOR_SHAPE_MISMATCH | instances[0][0]: a picture is all of a row of 'image' FP32 [-1, 3, 1, 2], not a value in one
          image | {'instances': ['@']}                                            | TENSOR_DTYPE_MISMATCH | instances[0]: expected type FP32, got a text; a picture is {"b64": "..."}
          pair  | {'instances': [{'x': {'b64': '@'}, 'image': {'b64': '@'}}]}     | TENSOR_DTYPE_MISMATCH | instances[0].x: expected type FP32, got bytes as base64; those of a picture are taken where preprocess
          plain | {'instances': [{'b64': '@'}]}                                   | TENSOR_DTYPE_MISMATCH | instances[0]: expected type FP32, got bytes as base64; those of a picture are taken where preprocess
          image | {'instances': [{'b64': '@                                       | REQUEST_MALFORMED     | the body ends before its JSON does
          """)
  void whatIsNoPictureOfTheModel_isRefusedWithItsPlace(
      String model, String body, String reason, String words) {
    RunningRest.End end = refused(model, body.replace("%", base64(Pictures.png(101))));

    assertThat(end.reason()).isEqualTo(reason);
    assertThat(end.message()).contains(words);
  }

  @Test
  void morePicturesThanATensorMayHold_areRefused() {
    assertThat(predict("large", "{'inputs': [{'b64': '@'}]}")).startsWith("{\"outputs\":");

    RunningRest.End end = refused("large", "{'inputs': [{'b64': '@'}, {'b64': '@'}]}");

    assertThat(end.reason()).isEqualTo("MESSAGE_TOO_LARGE");
    assertThat(end.message())
        .contains("inputs[1]: 2 pictures of 3145728 bytes each", "the limit of 4194304 bytes");
  }

  @Test
  void examples_mayHavePicturesAsFeatures() {
    for (String feature : List.of("{'b64': '@'}", "[{'b64': '@'}]")) {
      String body = "{'examples': [{'image': %s}, {'image': [1, 2]}]}".formatted(feature);

      assertThat(compact(rest.stub().classify(RunningRest.request("scores", filled(body)))))
          .isEqualTo("{\"results\":[[[\"\",0.5],[\"\",2.0]],[[\"\",1.0],[\"\",2.0]]]}");
    }
    RunningRest.End end =
        RunningRest.failed(
            () ->
                rest.stub()
                    .classify(
                        RunningRest.request(
                            "scores", filled("{'examples': [{'image': {'b64': 'AAAA'}}]}"))));
    assertThat(end.message()).startsWith("examples[0].image: expected an image");
  }
}
