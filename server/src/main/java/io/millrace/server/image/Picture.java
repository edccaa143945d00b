package io.millrace.server.image;

import java.util.Arrays;

/**
 * An image as a model could see it: samples of 8 bits, line by line, one or three for each pixel
 * (red, green, blue). Confined to the thread that decodes.
 */
final class Picture {
  private static final int WHITE = 255;

  private final int width;
  private final int height;
  private final int channels;
  private final byte[] samples;

  private Picture(int width, int height, int channels, byte[] samples) {
    this.width = width;
    this.height = height;
    this.channels = channels;
    this.samples = samples;
  }

  static Picture filled(int width, int height, int channels, int sample) {
    byte[] samples = new byte[Math.multiplyExact(Math.multiplyExact(width, height), channels)];
    Arrays.fill(samples, (byte) sample);
    return new Picture(width, height, channels, samples);
  }

  /**
   * Takes the pixels over, upright, on white paper where they are transparent.
   *
   * @param width of the file
   * @param height of the file
   */
  static Picture of(PixelRows rows, int width, int height, Orientation orientation, int channels) {
    Picture picture =
        orientation.keepsSides()
            ? filled(width, height, channels, 0)
            : filled(height, width, channels, 0);
    int[] line = new int[width];
    int step =
        orientation.position(1, 0, width, height) - orientation.position(0, 0, width, height);
    for (int y = 0; y < height; y++) {
      rows.read(y, line);
      int at = orientation.position(0, y, width, height);
      for (int x = 0; x < width; x++, at += step) {
        picture.set(at, line[x]);
      }
    }
    return picture;
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  int channels() {
    return channels;
  }

  /** The very array. */
  byte[] samples() {
    return samples;
  }

  private void set(int pixel, int argb) {
    int alpha = argb >>> 24;
    int red = onWhite(argb >> 16 & 0xFF, alpha);
    int green = onWhite(argb >> 8 & 0xFF, alpha);
    int blue = onWhite(argb & 0xFF, alpha);
    if (channels == 1) {
      samples[pixel] = (byte) gray(red, green, blue);
      return;
    }
    samples[3 * pixel] = (byte) red;
    samples[3 * pixel + 1] = (byte) green;
    samples[3 * pixel + 2] = (byte) blue;
  }

  private static int onWhite(int sample, int alpha) {
    return alpha == 255 ? sample : (sample * alpha + WHITE * (255 - alpha) + 127) / 255;
  }

  /** ITU-R BT.601, rounded as Pillow does it. */
  private static int gray(int red, int green, int blue) {
    return (red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16;
  }

  /** Puts another picture, of as many channels, onto this one. */
  void paste(Picture other, int left, int top) {
    for (int y = 0; y < other.height; y++) {
      System.arraycopy(
          other.samples,
          y * other.width * channels,
          samples,
          ((top + y) * width + left) * channels,
          other.width * channels);
    }
  }
}
