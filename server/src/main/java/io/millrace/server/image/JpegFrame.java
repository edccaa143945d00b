package io.millrace.server.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The frame of a JPEG file: how many blocks its components have (ITU-T T.81, B.2.2).
 *
 * @param isProgressive whether each scan only adds to what others gave
 * @param blocks of all components
 */
record JpegFrame(boolean isProgressive, int components, long blocks) {
  static final JpegFrame NONE = new JpegFrame(false, 0, 0);

  /** 8 x 8 coefficients of two bytes. */
  private static final int BLOCK_BYTES = 128;

  private static final int BLOCK_SIDE = 8;

  /** Precision, height, width and the number of components. */
  private static final int HEAD_BYTES = 6;

  private static final int COMPONENT_BYTES = 3;

  /** Whether this marker is one of a frame's; three of their row mean other things. */
  static boolean begins(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }

  /** Of a segment that is cut it says nothing; the decoder will. */
  static JpegFrame of(int marker, ByteBuffer segment) {
    ByteBuffer content = segment.slice().order(ByteOrder.BIG_ENDIAN);
    if (content.limit() < HEAD_BYTES) {
      return NONE;
    }
    int components = content.get(HEAD_BYTES - 1) & 0xFF;
    if (content.limit() < HEAD_BYTES + components * COMPONENT_BYTES) {
      return NONE;
    }
    int across = 1;
    int down = 1;
    int blocks = 0;
    for (int i = 0; i < components; i++) {
      int sampling = content.get(HEAD_BYTES + i * COMPONENT_BYTES + 1) & 0xFF;
      across = Math.max(across, sampling >> 4);
      down = Math.max(down, sampling & 0xF);
      blocks += (sampling >> 4) * (sampling & 0xF);
    }
    long columns = units(content.getShort(3) & 0xFFFF, across);
    long lines = units(content.getShort(1) & 0xFFFF, down);
    return new JpegFrame((marker & 3) == 2, components, columns * lines * blocks);
  }

  private static int units(int side, int blocks) {
    return (side + blocks * BLOCK_SIDE - 1) / (blocks * BLOCK_SIDE);
  }

  /**
   * What the decoder has to keep if this scan is one of the frame's: all, unless it holds all.
   *
   * @param scan the content of its segment
   */
  long coefficientBytes(ByteBuffer scan) {
    boolean holdsAll = scan.limit() > 0 && (scan.get(0) & 0xFF) == components;
    return holdsAll && !isProgressive ? 0 : blocks * BLOCK_BYTES;
  }
}
