package io.millrace.server.image;

import io.millrace.server.model.DataType;
import io.millrace.server.model.ImageLayout;
import io.millrace.server.model.ImagePlan;
import io.millrace.server.model.ImagePreprocess;
import io.millrace.server.model.ImagePreprocess.Channels;
import io.millrace.server.model.ImagePreprocess.PixelValues;
import io.millrace.server.model.ImagePreprocess.Resizing;
import io.millrace.server.model.Shape;
import io.millrace.server.model.TensorSpec;

/** Plans that tests decode by. */
final class Plans {
  static final long MAX_PIXELS = 1 << 20;

  private Plans() {}

  /** As bytes, which show each sample as it is. */
  static ImagePlan bytes(ImageLayout layout, Channels channels, int height, int width) {
    return bytes(layout, channels, Resizing.DEFAULT, Shape.of(height, width));
  }

  /**
   * @param size height and width
   */
  static ImagePlan bytes(ImageLayout layout, Channels channels, Resizing resizing, Shape size) {
    Shape shape = layout.shape(channels.count(), (int) size.size(0), (int) size.size(1));
    return ImagePlan.of(
        TensorSpec.of("x", DataType.UINT8, shape.toArray()),
        new ImagePreprocess(0, 0, layout, channels, PixelValues.DEFAULT, resizing, MAX_PIXELS));
  }

  /** Of three channels. */
  static ImagePlan floats(PixelValues values, int height, int width) {
    return ImagePlan.of(
        TensorSpec.of("x", DataType.FP32, 1, 3, height, width),
        new ImagePreprocess(
            0, 0, ImageLayout.NCHW, Channels.RGB, values, Resizing.DEFAULT, MAX_PIXELS));
  }
}
