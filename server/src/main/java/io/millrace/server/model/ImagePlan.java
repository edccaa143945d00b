package io.millrace.server.model;

import java.util.Collections;
import java.util.List;

/**
 * How an image file becomes the tensor of one certain input, with nothing left open. Immutable.
 *
 * @param shape of the tensor: one image
 * @param scale see {@link ImagePreprocess.PixelValues}
 * @param mean one for each channel
 * @param std one for each channel
 */
public record ImagePlan(
    TensorSpec input,
    ImagePreprocess settings,
    Shape shape,
    int width,
    int height,
    double scale,
    List<Double> mean,
    List<Double> std) {
  private static final double BRIGHTEST = 255;

  /** Memory for what a plan makes is taken at once, so it is kept within reason. */
  private static final int MAX_SIDE = 8_192;

  public ImagePlan {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
  }

  /**
   * The plan for an input.
   *
   * @throws ServingException with MODEL_LOAD_FAILED if settings and input do not agree
   */
  public static ImagePlan of(TensorSpec input, ImagePreprocess settings) {
    ImageLayout layout = settings.layout();
    int channels = settings.channels().count();
    requireType(input, settings);
    if (input.shape().rank() != layout.rank()) {
      throw refused(
          input,
          "layout %s has %d dimensions, the input %d: %s"
              .formatted(layout, layout.rank(), input.shape().rank(), input.shape()));
    }
    if (!layout.hasChannels() && channels != 1) {
      throw refused(
          input,
          "layout %s has no dimension for the channels of %s; set channels: GRAY, or a layout with a C"
              .formatted(layout, settings.channels()));
    }
    int width = side(input, settings.width(), 'W', settings);
    int height = side(input, settings.height(), 'H', settings);
    Shape shape = layout.shape(channels, height, width);
    if (!input.shape().accepts(shape)) {
      throw refused(
          input,
          "one image of %s is %s in layout %s, the input takes %s"
              .formatted(settings.channels(), shape, layout, input.shape()));
    }
    requireCover(input, settings, Math.max(width, height));
    return new ImagePlan(
        input,
        settings,
        shape,
        width,
        height,
        scale(input, settings),
        forEach(input, "mean", settings.values().mean(), channels, 0),
        forEach(input, "std", settings.values().std(), channels, 1));
  }

  private static void requireType(TensorSpec input, ImagePreprocess settings) {
    if (input.dtype() == DataType.UINT8) {
      if (!settings.values().areUntouched()) {
        throw refused(
            input, "it is UINT8, which takes samples as they are; leave out scale, mean and std");
      }
    } else if (input.dtype() != DataType.FP32) {
      throw refused(
          input, "an image makes FP32 or UINT8, the input is %s".formatted(input.dtype()));
    }
  }

  private static int side(TensorSpec input, int given, char letter, ImagePreprocess settings) {
    long size = input.shape().size(settings.layout().position(letter));
    String key = letter == 'W' ? "width" : "height";
    if (given == 0 && size == Shape.ANY) {
      throw refused(input, "its shape %s leaves %s open; set it".formatted(input.shape(), key));
    }
    long side = given == 0 ? size : given;
    if (side < 1 || side > MAX_SIDE) {
      throw refused(input, "%s is %d; allowed: 1 to %d".formatted(key, side, MAX_SIDE));
    }
    return (int) side;
  }

  private static void requireCover(TensorSpec input, ImagePreprocess settings, int longest) {
    int shorter = settings.resizing().shorterSide();
    if (shorter != 0 && shorter < longest) {
      throw refused(
          input,
          "shorter_side %d does not cover the %d that are cut out; set it to %d or more"
              .formatted(shorter, longest, longest));
    }
  }

  private static double scale(TensorSpec input, ImagePreprocess settings) {
    double scale = settings.values().scale();
    if (scale != ImagePreprocess.PixelValues.DERIVED) {
      return scale;
    }
    return input.dtype() == DataType.FP32 ? 1 / BRIGHTEST : 1;
  }

  private static List<Double> forEach(
      TensorSpec input, String key, List<Double> given, int channels, double none) {
    if (given.size() > 1 && given.size() != channels) {
      throw refused(
          input,
          "%s has %d numbers for %d channels; give one for each, or one for all"
              .formatted(key, given.size(), channels));
    }
    return given.size() == channels
        ? given
        : Collections.nCopies(channels, given.isEmpty() ? none : given.get(0));
  }

  private static ServingException refused(TensorSpec input, String why) {
    return ServingException.refusal(
        Reason.MODEL_LOAD_FAILED,
        "preprocess.%s.image in config.yaml does not fit the model: %s"
            .formatted(Quote.plain(input.name()), why));
  }
}
