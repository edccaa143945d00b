package io.millrace.server.image;

import java.awt.image.Raster;

/**
 * The four inks of a JPEG for print, without the profile that says how they look on paper: each ink
 * darkens what the others leave, as Pillow has it. Confined to the thread that decodes.
 */
final class InkRows implements PixelRows {
  static final int BANDS = 4;

  private final Raster raster;
  private final JpegMarkers markers;
  private final int[] line;

  /**
   * @param markers tell whether the first three inks are coded as brightness and colour, and
   *     whether 255 is no ink, as Adobe's programs write it
   */
  InkRows(Raster raster, JpegMarkers markers) {
    this.raster = raster;
    this.markers = markers;
    this.line = new int[raster.getWidth() * raster.getNumBands()];
  }

  @Override
  public void read(int y, int[] argb) {
    raster.getPixels(raster.getMinX(), raster.getMinY() + y, raster.getWidth(), 1, line);
    for (int x = 0, at = 0; x < raster.getWidth(); x++, at += BANDS) {
      if (markers.adobeTransform() == JpegMarkers.ADOBE_YCCK) {
        decodeColors(at);
      }
      int paper = light(line[at + 3]);
      int red = product(light(line[at]), paper);
      int green = product(light(line[at + 1]), paper);
      int blue = product(light(line[at + 2]), paper);
      argb[x] = OPAQUE | (red << 16) | (green << 8) | blue;
    }
  }

  /** What an ink lets through. */
  private int light(int ink) {
    return markers.adobeTransform() == JpegMarkers.NO_ADOBE ? 255 - ink : ink;
  }

  private static int product(int a, int b) {
    return (a * b + 127) / 255;
  }

  /** Brightness, blue and red difference to inks: JFIF's equations, upside down. */
  private void decodeColors(int at) {
    double brightness = line[at];
    double blue = line[at + 1] - 128;
    double red = line[at + 2] - 128;
    line[at] = 255 - sample(brightness + 1.402 * red);
    line[at + 1] = 255 - sample(brightness - 0.344136 * blue - 0.714136 * red);
    line[at + 2] = 255 - sample(brightness + 1.772 * blue);
  }

  private static int sample(double value) {
    return (int) Math.max(0, Math.min(255, Math.rint(value)));
  }
}
