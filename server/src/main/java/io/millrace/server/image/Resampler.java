package io.millrace.server.image;

import io.millrace.server.model.ImagePreprocess.Interpolation;

/**
 * Makes images smaller or larger: first each line, then each column, with 8 bits between, as Pillow
 * does it. Only where lines grow and columns shrink it is the other way round, for there what lies
 * between would be larger than the image and what becomes of it. Immutable.
 *
 * @param refuseIfOver throws when the caller has gone
 */
record Resampler(Interpolation filter, Runnable refuseIfOver) {
  private static final int HALF = 1 << (AxisWeights.BITS - 1);

  /**
   * How many samples of each channel a resizing makes at most.
   *
   * @param width of the image
   * @param height of the image
   */
  static long samples(int width, int height, Placement placement) {
    long between =
        isColumnsFirst(width, height, placement)
            ? (long) width * placement.shownHeight()
            : (long) placement.shownWidth() * height;
    return between + (long) placement.shownWidth() * placement.shownHeight();
  }

  private static boolean isColumnsFirst(int width, int height, Placement placement) {
    return placement.shownWidth() > width && placement.shownHeight() < height;
  }

  /** What the placement shows of the image. */
  Picture resize(Picture image, Placement placement) {
    AxisWeights columns =
        AxisWeights.of(
            filter, image.width(), placement.width(), placement.cutLeft(), placement.shownWidth());
    AxisWeights lines =
        AxisWeights.of(
            filter,
            image.height(),
            placement.height(),
            placement.cutTop(),
            placement.shownHeight());
    if (isColumnsFirst(image.width(), image.height(), placement)) {
      return alongLines(alongColumns(image, lines, 0), columns, 0, lines.size());
    }
    int last = lines.size() - 1;
    int first = lines.start(0);
    int end = lines.start(last) + lines.count(last);
    return alongColumns(alongLines(image, columns, first, end), lines, first);
  }

  /** Resizes the lines from the first to the end, which alone are needed. */
  private Picture alongLines(Picture image, AxisWeights axis, int first, int end) {
    int channels = image.channels();
    Picture resized = Picture.filled(axis.size(), end - first, channels, 0);
    int to = 0;
    for (int y = first; y < end; y++) {
      refuseIfOver.run();
      int line = y * image.width() * channels;
      for (int x = 0; x < resized.width(); x++) {
        int from = line + axis.start(x) * channels;
        for (int channel = 0; channel < channels; channel++) {
          resized.samples()[to++] = sum(image.samples(), from + channel, channels, axis, x);
        }
      }
    }
    return resized;
  }

  /**
   * @param first which line of the image the first line here is
   */
  private Picture alongColumns(Picture image, AxisWeights axis, int first) {
    int line = image.width() * image.channels();
    Picture resized = Picture.filled(image.width(), axis.size(), image.channels(), 0);
    int to = 0;
    for (int y = 0; y < resized.height(); y++) {
      refuseIfOver.run();
      int from = (axis.start(y) - first) * line;
      for (int x = 0; x < line; x++) {
        resized.samples()[to++] = sum(image.samples(), from + x, line, axis, y);
      }
    }
    return resized;
  }

  /** One sample, made of those that lie so many bytes apart. */
  private static byte sum(byte[] samples, int from, int apart, AxisWeights axis, int i) {
    int sum = HALF;
    int at = from;
    for (int k = 0; k < axis.count(i); k++, at += apart) {
      sum += (samples[at] & 0xFF) * axis.weight(i, k);
    }
    return (byte) Math.max(0, Math.min(255, sum >> AxisWeights.BITS));
  }
}
