package io.millrace.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.model.ImagePreprocess.Channels;
import io.millrace.server.model.ImagePreprocess.Fit;
import io.millrace.server.model.ImagePreprocess.Interpolation;
import io.millrace.server.model.ImagePreprocess.PixelValues;
import io.millrace.server.model.ImagePreprocess.Resizing;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PreprocessTest {
  private static final TensorSpec FIXED = TensorSpec.of("x", DataType.FP32, -1, 3, 20, 30);
  private static final TensorSpec OPEN = TensorSpec.of("x", DataType.FP32, -1, 3, -1, -1);
  private static final TensorSpec BYTES = TensorSpec.of("x", DataType.UINT8, 1, 20, 30, 3);

  private static ImagePreprocess image(int width, int height, ImageLayout layout) {
    return image(width, height, layout, Channels.RGB, PixelValues.DEFAULT, Resizing.DEFAULT);
  }

  private static ImagePreprocess image(
      int width,
      int height,
      ImageLayout layout,
      Channels channels,
      PixelValues values,
      Resizing resizing) {
    return new ImagePreprocess(width, height, layout, channels, values, resizing, 1_000);
  }

  private static Preprocess of(ImagePreprocess image) {
    return new Preprocess(Map.of("x", image));
  }

  private static Signature takes(TensorSpec... inputs) {
    return new Signature(List.of(inputs), List.of());
  }

  @Test
  void whatIsLeftOut_followsFromTheInput() {
    ImagePlan floats = of(image(0, 0, ImageLayout.NCHW)).imagePlan(FIXED).orElseThrow();
    ImagePlan bytes = of(image(0, 0, ImageLayout.NHWC)).imagePlan(BYTES).orElseThrow();

    assertThat(List.of(floats.width(), floats.height())).containsExactly(30, 20);
    assertThat(floats.shape()).isEqualTo(Shape.of(1, 3, 20, 30));
    assertThat(floats.scale()).isEqualTo(1.0 / 255);
    assertThat(floats.mean()).containsExactly(0.0, 0.0, 0.0);
    assertThat(floats.std()).containsExactly(1.0, 1.0, 1.0);
    assertThat(bytes.scale()).isEqualTo(1);
  }

  @Test
  void oneNumber_isForEachChannel() {
    PixelValues values = new PixelValues(2, List.of(0.5), List.of(1.0, 2.0, 3.0));
    ImagePlan plan =
        of(image(4, 5, ImageLayout.NCHW, Channels.BGR, values, Resizing.DEFAULT))
            .imagePlan(OPEN)
            .orElseThrow();

    assertThat(plan.mean()).containsExactly(0.5, 0.5, 0.5);
    assertThat(plan.std()).containsExactly(1.0, 2.0, 3.0);
    assertThat(plan.shape()).isEqualTo(Shape.of(1, 3, 5, 4));
  }

  @Test
  void anotherInput_hasNoPlan() {
    TensorSpec other = TensorSpec.of("y", DataType.BYTES, -1);

    assertThat(of(image(0, 0, ImageLayout.NCHW)).imagePlan(other)).isEmpty();
    assertThat(Preprocess.NONE.fitting(takes(other))).isSameAs(Preprocess.NONE);
  }

  private static void refuses(ImagePreprocess image, TensorSpec input, String... words) {
    assertThatThrownBy(() -> of(image).fitting(takes(input)))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED))
        .hasMessageContainingAll(words);
  }

  @Test
  void whatDoesNotFitTheModel_isSaidAtItsLoad() {
    refuses(image(0, 0, ImageLayout.NCHW), TensorSpec.of("y", DataType.FP32, 1), "'x'", "['y']");
    refuses(image(0, 0, ImageLayout.NCHW), TensorSpec.of("x", DataType.INT64, 1), "INT64");
    refuses(
        image(0, 0, ImageLayout.NCHW), TensorSpec.of("x", DataType.FP32, -1, 4), "4 dimensions");
    refuses(image(0, 0, ImageLayout.NCHW), OPEN, "leaves width open");
    refuses(image(30, 20, ImageLayout.NHWC), FIXED, "[1, 20, 30, 3]", "[-1, 3, 20, 30]");
    refuses(image(31, 20, ImageLayout.NCHW), FIXED, "[1, 3, 20, 31]");
    refuses(image(8, 8, ImageLayout.NHW), TensorSpec.of("x", DataType.FP32, -1, 8, 8), "GRAY");
    refuses(image(9_000, 8, ImageLayout.NCHW), OPEN, "width is 9000; allowed: 1 to 8192");
  }

  @Test
  void settingsThatMakeNoSense_areSaidAtTheLoadToo() {
    PixelValues two = new PixelValues(1, List.of(1.0, 2.0), List.of());
    Resizing small = new Resizing(Fit.CROP, Interpolation.BILINEAR, 29, 0);

    refuses(
        image(0, 0, ImageLayout.NCHW, Channels.RGB, two, Resizing.DEFAULT),
        FIXED,
        "mean has 2 numbers for 3 channels");
    refuses(
        image(0, 0, ImageLayout.NCHW, Channels.RGB, PixelValues.DEFAULT, small),
        FIXED,
        "shorter_side 29 does not cover the 30");
    refuses(
        image(0, 0, ImageLayout.NHWC, Channels.RGB, two, Resizing.DEFAULT),
        BYTES,
        "UINT8, which takes samples as they are");
  }
}
