package io.millrace.server.image;

import java.util.Arrays;

/** A picture on a screen that is larger. Confined to the thread that decodes. */
final class ScreenRows implements PixelRows {
  private final PixelRows picture;
  private final int[] line;
  private final int height;
  private final GifScreen screen;

  /**
   * @param width of the picture
   * @param height of the picture
   */
  ScreenRows(PixelRows picture, int width, int height, GifScreen screen) {
    this.picture = picture;
    this.line = new int[width];
    this.height = height;
    this.screen = screen;
  }

  @Override
  public void read(int y, int[] argb) {
    Arrays.fill(argb, screen.paper());
    if (y >= screen.top() && y < screen.top() + height) {
      picture.read(y - screen.top(), line);
      System.arraycopy(line, 0, argb, screen.left(), line.length);
    }
  }
}
