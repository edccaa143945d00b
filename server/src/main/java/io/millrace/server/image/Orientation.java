package io.millrace.server.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How a camera was held, by the numbers of EXIF's tag 0x0112: where the first line and column of
 * the file are in the picture that people see. Immutable.
 */
record Orientation(int number) {
  static final Orientation UPRIGHT = new Orientation(1);

  private static final int TAG = 0x0112;
  private static final int ENTRY_BYTES = 12;
  private static final int TYPE_SHORT = 3;
  private static final int LAST = 8;

  /** From the first directory of EXIF's TIFF structure; upright if that does not say it. */
  static Orientation ofTiff(ByteBuffer content) {
    ByteBuffer tiff = content.slice().order(ByteOrder.BIG_ENDIAN);
    if (tiff.limit() < 8) {
      return UPRIGHT;
    }
    if (tiff.get(0) == 'I') {
      tiff.order(ByteOrder.LITTLE_ENDIAN);
    }
    int directory = tiff.getInt(4);
    if (directory < 0 || directory > tiff.limit() - 2) {
      return UPRIGHT;
    }
    int entries = tiff.getShort(directory) & 0xFFFF;
    for (int i = 0; i < entries; i++) {
      int at = directory + 2 + i * ENTRY_BYTES;
      if (at > tiff.limit() - ENTRY_BYTES) {
        return UPRIGHT;
      }
      if ((tiff.getShort(at) & 0xFFFF) == TAG && tiff.getShort(at + 2) == TYPE_SHORT) {
        int number = tiff.getShort(at + 8);
        return number >= 1 && number <= LAST ? new Orientation(number) : UPRIGHT;
      }
    }
    return UPRIGHT;
  }

  /** Whether width and height of the picture are those of the file. */
  boolean keepsSides() {
    return number <= 4;
  }

  /**
   * Where a pixel of the file is among those of the picture, counted line by line.
   *
   * @param width of the file
   * @param height of the file
   */
  int position(int x, int y, int width, int height) {
    int right = width - 1 - x;
    int up = height - 1 - y;
    return switch (number) {
      case 2 -> y * width + right;
      case 3 -> up * width + right;
      case 4 -> up * width + x;
      case 5 -> x * height + y;
      case 6 -> x * height + up;
      case 7 -> right * height + up;
      case 8 -> right * height + y;
      default -> y * width + x;
    };
  }
}
