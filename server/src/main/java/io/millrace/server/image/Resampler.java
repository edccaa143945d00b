package io.millrace.server.image;

import io.millrace.server.model.ImagePreprocess.Interpolation;

/** Makes images smaller or larger: first each line, then each column, with 8 bits between. Pure. */
final class Resampler {
  private static final int HALF = 1 << (AxisWeights.BITS - 1);

  private Resampler() {}

  /** What the placement shows of the image. */
  static Picture resize(Picture image, Placement placement, Interpolation filter) {
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
    int last = lines.size() - 1;
    int first = lines.start(0);
    int end = lines.start(last) + lines.count(last);
    return alongColumns(alongLines(image, columns, first, end), lines, first);
  }

  /** Resizes the lines from the first to the end, which alone are needed. */
  private static Picture alongLines(Picture image, AxisWeights axis, int first, int end) {
    int channels = image.channels();
    Picture resized = Picture.filled(axis.size(), end - first, channels, 0);
    int to = 0;
    for (int y = first; y < end; y++) {
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

  private static Picture alongColumns(Picture image, AxisWeights axis, int first) {
    int line = image.width() * image.channels();
    Picture resized = Picture.filled(image.width(), axis.size(), image.channels(), 0);
    int to = 0;
    for (int y = 0; y < resized.height(); y++) {
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
