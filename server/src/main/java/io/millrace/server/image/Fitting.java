package io.millrace.server.image;

import io.millrace.server.model.ImagePlan;
import io.millrace.server.model.ImagePreprocess.Fit;
import io.millrace.server.model.ImagePreprocess.Resizing;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;

/**
 * Gives pictures the size that a plan wants. Immutable.
 *
 * @param refuseIfOver throws when the caller has gone
 */
record Fitting(ImagePlan plan, Runnable refuseIfOver) {
  /**
   * The picture in the plan's size.
   *
   * @param place what it is to whoever sent it, for messages
   * @throws ServingException if it has another size and the plan resizes none
   */
  Picture fit(String place, Picture picture) {
    Resizing resizing = plan.settings().resizing();
    if (isFitting(picture) && resizing.shorterSide() == 0) {
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
    Resampler resampler = new Resampler(resizing.interpolation(), refuseIfOver);
    return framed(resampler.resize(picture, placement));
  }

  private boolean isFitting(Picture picture) {
    return picture.width() == plan.width() && picture.height() == plan.height();
  }

  /** Fills up what is missing. */
  private Picture framed(Picture shown) {
    if (isFitting(shown)) {
      return shown;
    }
    Picture frame =
        Picture.filled(
            plan.width(), plan.height(), shown.channels(), plan.settings().resizing().padValue());
    frame.paste(shown, (plan.width() - shown.width()) / 2, (plan.height() - shown.height()) / 2);
    return frame;
  }
}
