package io.millrace.server.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;

/** The pixels of a decoded image, line by line, as alpha, red, green and blue of 8 bits each. */
interface PixelRows {
  int OPAQUE = 0xFF00_0000;

  /** Writes one line. */
  void read(int y, int[] argb);

  /**
   * These rows, whose reading ends when the caller has gone.
   *
   * @param refuseIfOver throws then
   */
  default PixelRows watchedBy(Runnable refuseIfOver) {
    return (y, argb) -> {
      refuseIfOver.run();
      read(y, argb);
    };
  }

  /** Of what a reader gave. */
  static PixelRows of(BufferedImage image) {
    ColorModel colors = image.getColorModel();
    if (colors instanceof ComponentColorModel && isPlain(colors)) {
      return new SampleRows(image.getRaster(), colors.hasAlpha());
    }
    // A palette, or all samples in one number.
    return (y, argb) -> image.getRGB(0, y, image.getWidth(), 1, argb, 0, image.getWidth());
  }

  private static boolean isPlain(ColorModel colors) {
    int type = colors.getColorSpace().getType();
    return (type == ColorSpace.TYPE_GRAY || type == ColorSpace.TYPE_RGB)
        && !colors.isAlphaPremultiplied();
  }
}
