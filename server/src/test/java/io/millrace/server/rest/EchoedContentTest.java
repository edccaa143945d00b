package io.millrace.server.rest;

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
import io.millrace.v1.HttpModelRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;

/** Models that echo what bodies of any type hold: rows, texts, pixels, or all of them. */
abstract class EchoedContentTest {
  private static final TensorSpec ROWS = TensorSpec.of("x", DataType.FP32, -1, 2);
  private static final TensorSpec TEXT = TensorSpec.of("text", DataType.BYTES, -1, 1);
  private static final TensorSpec PIXELS = TensorSpec.of("image", DataType.UINT8, -1, 1, 2, 3);

  final Queue<Runnable> handedOver = new ConcurrentLinkedQueue<>();
  final RunningRest rest =
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

  String answer(HttpModelRequest request) {
    return compact(rest.stub().predict(request));
  }

  static String compact(HttpBody answer) {
    return answer.getData().toStringUtf8().replaceAll("\\s", "");
  }

  static HttpModelRequest request(String model, String type, byte[] body) {
    return RunningRest.request(model, type, ByteString.copyFrom(body));
  }

  RunningRest.End refusal(HttpModelRequest request) {
    return RunningRest.failed(() -> rest.stub().predict(request));
  }

  void declareImage(String model) {
    Pictures.declare(
        rest,
        model,
        new ImagePreprocess(
            0, 0, ImageLayout.NHWC, Channels.RGB, PixelValues.DEFAULT, Resizing.DEFAULT, 100));
  }

  /** One line of two pixels. */
  static byte[] png() {
    return Pictures.png(2, 0x010203, 0x040506);
  }
}
