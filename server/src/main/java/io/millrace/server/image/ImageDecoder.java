package io.millrace.server.image;

import io.millrace.server.model.ImagePlan;
import io.millrace.server.model.ImagePreprocess.Fit;
import io.millrace.server.model.ImagePreprocess.Resizing;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;

/**
 * Makes the tensor of an image file: JPEG, PNG, GIF (the first picture) or BMP, upright as EXIF
 * says, on white where it is transparent. Takes milliseconds of the calling thread, and waits while
 * too much is decoded already, so no event loop may call it. Thread-safe.
 */
public final class ImageDecoder {
  /** A decoded pixel and its copy; more than that only where samples have 16 bits. */
  private static final int BYTES_OF_A_PIXEL = 8;

  /** The most that JPEG can say; the tables of the resizing grow with it. */
  private static final int MAX_SIDE = 65_535;

  private final DecodeMemory memory;

  /**
   * @param maxBytes what all images that are decoded at a time may take
   */
  public ImageDecoder(long maxBytes) {
    memory = new DecodeMemory(maxBytes);
  }

  /**
   * Decodes a file.
   *
   * @param place what the file is to whoever sent it, for messages: {@code body}, {@code part 'x'}
   * @param refuseIfOver throws a ServingException when the caller has gone
   * @throws ServingException that says what is wrong with the image
   */
  public Tensor decode(String place, ByteBuffer file, ImagePlan plan, Runnable refuseIfOver) {
    try (OpenImage image = new OpenImage(place, file)) {
      requireSize(place, image, plan);
      long bytes = (long) image.width() * image.height() * BYTES_OF_A_PIXEL;
      return memory.use(bytes, refuseIfOver, () -> tensor(place, image, plan, refuseIfOver));
    }
  }

  private static Tensor tensor(
      String place, OpenImage image, ImagePlan plan, Runnable refuseIfOver) {
    Picture picture = image.picture(plan.settings().channels().count(), refuseIfOver);
    return PixelTensor.of(fitted(place, picture, plan), plan);
  }

  private static void requireSize(String place, OpenImage image, ImagePlan plan) {
    long pixels = (long) image.width() * image.height();
    if (pixels > plan.settings().maxPixels()
        || Math.max(image.width(), image.height()) > MAX_SIDE) {
      throw ServingException.refusal(
          Reason.MESSAGE_TOO_LARGE,
          place,
          "%s: the image has %d x %d pixels; allowed are %d in all (max_pixels of preprocess.%s.image), and %d on a side"
              .formatted(
                  place,
                  image.width(),
                  image.height(),
                  plan.settings().maxPixels(),
                  Quote.plain(plan.input().name()),
                  MAX_SIDE));
    }
  }

  private static Picture fitted(String place, Picture picture, ImagePlan plan) {
    Resizing resizing = plan.settings().resizing();
    boolean fits = picture.width() == plan.width() && picture.height() == plan.height();
    if (fits && resizing.shorterSide() == 0) {
      return picture;
    }
    if (resizing.fit() == Fit.NONE) {
      throw ServingException.refusal(
          Reason.TENSOR_SHAPE_MISMATCH,
          place,
          "%s: expected an image of %d x %d pixels, since input %s resizes none; got %d x %d"
              .formatted(
                  place,
                  plan.width(),
                  plan.height(),
                  Quote.of(plan.input().name()),
                  picture.width(),
                  picture.height()));
    }
    Placement placement = Placement.of(picture.width(), picture.height(), plan);
    Picture shown = Resampler.resize(picture, placement, resizing.interpolation());
    return framed(shown, plan);
  }

  /** Fills up what is missing. */
  private static Picture framed(Picture shown, ImagePlan plan) {
    if (shown.width() == plan.width() && shown.height() == plan.height()) {
      return shown;
    }
    Picture frame =
        Picture.filled(
            plan.width(), plan.height(), shown.channels(), plan.settings().resizing().padValue());
    frame.paste(shown, (plan.width() - shown.width()) / 2, (plan.height() - shown.height()) / 2);
    return frame;
  }
}
