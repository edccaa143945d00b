package io.millrace.server.model;

import java.util.List;

/**
 * What a model's configuration says of an input that callers may send as an image file. Sizes and
 * scale that it leaves out follow from the input, see {@link ImagePlan}.
 *
 * @param width of what the model sees; 0 if the input's shape says it
 * @param height as width
 * @param maxPixels images with more are refused before they are decoded
 */
public record ImagePreprocess(
    int width,
    int height,
    ImageLayout layout,
    Channels channels,
    PixelValues values,
    Resizing resizing,
    long maxPixels) {
  /** As many as the largest cameras in pockets take in their usual mode, and twice that. */
  public static final long DEFAULT_MAX_PIXELS = 32L << 20;

  /** What each pixel has, in the order of the tensor. */
  public enum Channels {
    RGB,
    BGR,
    GRAY;

    public int count() {
      return this == GRAY ? 1 : 3;
    }
  }

  /**
   * How a sample from 0 to 255 becomes a value: {@code (sample * scale - mean) / std}.
   *
   * @param scale {@link #DERIVED} for 1/255 where the input takes fractions, else 1
   * @param mean one for each channel, one for all, or none for 0
   * @param std as mean, or none for 1
   */
  public record PixelValues(double scale, List<Double> mean, List<Double> std) {
    public static final double DERIVED = 0;
    public static final PixelValues DEFAULT = new PixelValues(DERIVED, List.of(), List.of());

    public PixelValues {
      mean = List.copyOf(mean);
      std = List.copyOf(std);
    }

    boolean areUntouched() {
      return (scale == DERIVED || scale == 1) && mean.isEmpty() && std.isEmpty();
    }
  }

  /** How an image of another size is made to fit. */
  public enum Fit {
    /** To width and height, whatever its proportions. */
    STRETCH,
    /** Until it covers width and height; what sticks out is cut off at both ends alike. */
    CROP,
    /** Until width and height cover it; what is missing is filled up at both ends alike. */
    PAD,
    /** Not at all: it has to have the size. */
    NONE
  }

  /** Where the values between pixels come from. */
  public enum Interpolation {
    NEAREST,
    BILINEAR,
    BICUBIC
  }

  /**
   * How an image gets the size that the model sees.
   *
   * @param shorterSide what the shorter side becomes before a {@link Fit#CROP}; 0 for no more than
   *     it takes
   * @param padValue the sample, 0 to 255, that {@link Fit#PAD} fills up with
   */
  public record Resizing(Fit fit, Interpolation interpolation, int shorterSide, int padValue) {
    public static final Resizing DEFAULT = new Resizing(Fit.STRETCH, Interpolation.BILINEAR, 0, 0);
  }
}
