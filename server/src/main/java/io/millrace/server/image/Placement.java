package io.millrace.server.image;

import io.millrace.server.model.ImagePlan;

/**
 * Where an image comes to lie in what a model sees. Pure.
 *
 * @param width of the whole image after resizing, of which a part may be cut off
 * @param height as width
 * @param shownWidth what of it the model sees
 * @param shownHeight as shownWidth
 */
record Placement(long width, long height, int shownWidth, int shownHeight) {
  /** For an image of a certain size. */
  static Placement of(int imageWidth, int imageHeight, ImagePlan plan) {
    return switch (plan.settings().resizing().fit()) {
      case STRETCH, NONE -> new Placement(plan.width(), plan.height(), plan.width(), plan.height());
      case CROP -> covering(imageWidth, imageHeight, plan);
      case PAD -> within(imageWidth, imageHeight, plan);
    };
  }

  /** As torchvision's Resize of the shorter side: the longer one is rounded down. */
  private static Placement covering(int imageWidth, int imageHeight, ImagePlan plan) {
    int shorter = plan.settings().resizing().shorterSide();
    if (shorter == 0) {
      double growth =
          Math.max((double) plan.width() / imageWidth, (double) plan.height() / imageHeight);
      return new Placement(
          Math.max(plan.width(), (long) (imageWidth * growth)),
          Math.max(plan.height(), (long) (imageHeight * growth)),
          plan.width(),
          plan.height());
    }
    long longer =
        (long) shorter * Math.max(imageWidth, imageHeight) / Math.min(imageWidth, imageHeight);
    return imageWidth <= imageHeight
        ? new Placement(shorter, longer, plan.width(), plan.height())
        : new Placement(longer, shorter, plan.width(), plan.height());
  }

  private static Placement within(int imageWidth, int imageHeight, ImagePlan plan) {
    double growth =
        Math.min((double) plan.width() / imageWidth, (double) plan.height() / imageHeight);
    int width = within(imageWidth * growth, plan.width());
    int height = within(imageHeight * growth, plan.height());
    return new Placement(width, height, width, height);
  }

  private static int within(double side, int most) {
    return (int) Math.max(1, Math.min(most, Math.rint(side)));
  }

  /** How much is cut off on the left; a half goes to the even number, as in torchvision. */
  long cutLeft() {
    return (long) Math.rint((width - shownWidth) / 2.0);
  }

  long cutTop() {
    return (long) Math.rint((height - shownHeight) / 2.0);
  }
}
