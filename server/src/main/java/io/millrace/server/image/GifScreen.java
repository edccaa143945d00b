package io.millrace.server.image;

/**
 * The screen of a GIF file and where on it the first picture lies.
 *
 * @param paper what shows beside the picture, as alpha, red, green and blue
 */
record GifScreen(int width, int height, int left, int top, int paper) {
  /** Whether it shows more than a picture of this size, and all of that. */
  boolean isLargerThan(int pictureWidth, int pictureHeight) {
    boolean holds = left + pictureWidth <= width && top + pictureHeight <= height;
    return holds && (pictureWidth < width || pictureHeight < height);
  }
}
