package io.millrace.server.image;

import java.awt.image.Raster;

/**
 * Samples as they stand in the file: gray or red, green and blue, perhaps with alpha, of 8 or 16
 * bits. Java's own conversion takes gray for linear light and would make it brighter. Confined to
 * the thread that decodes.
 */
final class SampleRows implements PixelRows {
  private final Raster raster;
  private final boolean hasAlpha;
  private final int[] line;

  SampleRows(Raster raster, boolean hasAlpha) {
    this.raster = raster;
    this.hasAlpha = hasAlpha;
    this.line = new int[raster.getWidth() * raster.getNumBands()];
  }

  @Override
  public void read(int y, int[] argb) {
    raster.getPixels(raster.getMinX(), raster.getMinY() + y, raster.getWidth(), 1, line);
    int bands = raster.getNumBands();
    int colors = hasAlpha ? bands - 1 : bands;
    int shift = Math.max(0, raster.getSampleModel().getSampleSize(0) - 8);
    for (int x = 0, at = 0; x < raster.getWidth(); x++, at += bands) {
      int red = line[at] >> shift;
      int green = colors < 3 ? red : line[at + 1] >> shift;
      int blue = colors < 3 ? red : line[at + 2] >> shift;
      int alpha = hasAlpha ? (line[at + colors] >> shift) << 24 : OPAQUE;
      argb[x] = alpha | (red << 16) | (green << 8) | blue;
    }
  }
}
