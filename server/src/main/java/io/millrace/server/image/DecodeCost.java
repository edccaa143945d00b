package io.millrace.server.image;

import io.millrace.server.model.ImagePlan;

/**
 * How much memory it takes to make a tensor of an image: known from its header, before a pixel is
 * decoded. Pure.
 */
final class DecodeCost {
  private DecodeCost() {}

  /** The reader's memory is free again when the rest is taken. */
  static long of(OpenImage image, ImagePlan plan) {
    return image.rasterBytes() + Math.max(image.readerBytes(), madeBytes(image, plan));
  }

  /** The picture, its resized forms and the tensor. */
  private static long madeBytes(OpenImage image, ImagePlan plan) {
    boolean isUpright = image.orientation().keepsSides();
    int width = isUpright ? image.width() : image.height();
    int height = isUpright ? image.height() : image.width();
    long seen = (long) plan.width() * plan.height();
    long samples =
        (long) width * height
            + Resampler.samples(width, height, Placement.of(width, height, plan))
            + seen
            + seen * plan.input().dtype().byteSize();
    return samples * plan.settings().channels().count();
  }
}
