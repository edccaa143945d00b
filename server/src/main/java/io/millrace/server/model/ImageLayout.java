package io.millrace.server.model;

/** The order of a tensor's dimensions that holds an image: N rows, C channels, H lines, W wide. */
public enum ImageLayout {
  NCHW,
  NHWC,
  CHW,
  HWC,
  /** Without a dimension for its one channel. */
  NHW,
  HW;

  public int rank() {
    return name().length();
  }

  /** Whether the first dimension counts images. */
  public boolean hasRows() {
    return name().startsWith("N");
  }

  public boolean hasChannels() {
    return name().contains("C");
  }

  /** Whether the channels of one pixel lie together. */
  public boolean isInterleaved() {
    return name().endsWith("C");
  }

  /** The shape of one image. */
  public Shape shape(int channels, int height, int width) {
    long[] sizes = new long[rank()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] =
          switch (name().charAt(i)) {
            case 'N' -> 1;
            case 'C' -> channels;
            case 'H' -> height;
            default -> width;
          };
    }
    return Shape.of(sizes);
  }

  /** Where the dimension of this letter is; below 0 if there is none. */
  int position(char letter) {
    return name().indexOf(letter);
  }
}
