package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.ConfigProblems;
import io.millrace.server.config.Problem;
import io.millrace.server.model.ImageLayout;
import io.millrace.server.model.ImagePreprocess;
import io.millrace.server.model.ImagePreprocess.Channels;
import io.millrace.server.model.ImagePreprocess.Fit;
import io.millrace.server.model.ImagePreprocess.Interpolation;
import io.millrace.server.model.ImagePreprocess.PixelValues;
import io.millrace.server.model.ImagePreprocess.Resizing;
import io.millrace.server.model.Preprocess;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PreprocessParserTest {
  private final ConfigProblems problems = new ConfigProblems();

  private Preprocess parse(String content) {
    return ModelConfigParser.parse(
            "m/config.yaml", content.getBytes(StandardCharsets.UTF_8), problems)
        .config()
        .preprocess();
  }

  private static String image(String settings) {
    return "preprocess: {x: {image: {" + settings + "}}}";
  }

  @Test
  void nothing_isNothing() {
    assertThat(parse("engine: onnxruntime")).isEqualTo(Preprocess.NONE);
  }

  @Test
  void anImageWithoutSettings_hasTheDefaults() {
    assertThat(parse(image("")).images())
        .containsOnlyKeys("x")
        .containsValue(
            new ImagePreprocess(
                0,
                0,
                ImageLayout.NCHW,
                Channels.RGB,
                PixelValues.DEFAULT,
                Resizing.DEFAULT,
                ImagePreprocess.DEFAULT_MAX_PIXELS));
    assertThat(problems.list()).isEmpty();
  }

  @Test
  void eachKey_isRead() {
    String settings =
        "width: 224, height: 192, layout: NHWC, channels: BGR, scale: 1, mean: [103.94, 116, 1.2e2],"
            + " std: 58.8, resize: crop, shorter_side: 256, interpolation: bicubic, max_pixels: 99";

    assertThat(parse(image(settings)).images())
        .containsValue(
            new ImagePreprocess(
                224,
                192,
                ImageLayout.NHWC,
                Channels.BGR,
                new PixelValues(1, List.of(103.94, 116.0, 120.0), List.of(58.8)),
                new Resizing(Fit.CROP, Interpolation.BICUBIC, 256, 0),
                99));
    assertThat(parse(image("resize: pad, pad_value: 114")).images().values())
        .extracting(ImagePreprocess::resizing)
        .containsExactly(new Resizing(Fit.PAD, Interpolation.BILINEAR, 0, 114));
    assertThat(problems.list()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          preprocess: 1                                        | preprocess is 1 | {x: {image:
          preprocess: {x: 1}                                   | preprocess.x is 1 | {image:
          preprocess: {x: {}}                                  | preprocess.x.image is missing | {width
          preprocess: {x: {image: {}, audio: {}}}              | preprocess.x.audio | known
          preprocess: {x: {image: {widht: 2}}}                 | preprocess.x.image.widht | width
          preprocess: {x: {image: {width: 0}}}                 | preprocess.x.image.width is 0 | 1 to 8192
          preprocess: {x: {image: {layout: nchw}}}             | layout is 'nchw' | NCHW, NHWC
          preprocess: {x: {image: {channels: CMYK}}}           | channels is 'CMYK' | RGB, BGR, GRAY
          preprocess: {x: {image: {scale: 0}}}                 | scale is 0 | a number but 0
          preprocess: {x: {image: {scale: .inf}}}              | scale is .inf | a number but 0
          preprocess: {x: {image: {mean: [a, 1]}}}             | mean[0] is 'a' | a number
          preprocess: {x: {image: {mean: [1, 2, 3, 4]}}}       | mean is a list of 4 | 1 to 3
          preprocess: {x: {image: {std: [1, 0, 1]}}}           | std[1] is 0 | above 0
          preprocess: {x: {image: {resize: fill}}}             | resize is 'fill' | stretch, crop, pad, none
          preprocess: {x: {image: {shorter_side: 256}}}        | shorter_side | resize: crop
          preprocess: {x: {image: {pad_value: 256}}}           | pad_value is 256 | 0 to 255
          """)
  void aValueThatIsNotAllowed_isSaidWithWhatIs(String content, String fault, String remedy) {
    parse(content);

    assertThat(problems.list())
        .extracting(Problem::toString)
        .anySatisfy(problem -> assertThat(problem).contains("m/config.yaml", fault, remedy));
  }
}
