package io.millrace.server.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.ImageLayout;
import io.millrace.server.model.ImagePreprocess.Channels;
import io.millrace.server.model.ImagePreprocess.Fit;
import io.millrace.server.model.ImagePreprocess.Interpolation;
import io.millrace.server.model.ImagePreprocess.Resizing;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** How images get the size that a model sees. */
final class FittingTest {
  private static final BufferedImage TWO_BY_TWO =
      Files.rgb(2, 0xFF0000, 0x00FF00, 0x0000FF, 0x102030);

  @Test
  void shrinking_countsEachPixel() {
    ByteBuffer file =
        Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_GRAY, 4, 0, 100, 200, 60));

    // Weights of a triangle: 3, 3, 1 of 7, and mirrored.
    assertThat(Decoded.samples(file, Plans.bytes(ImageLayout.HW, Channels.GRAY, 1, 2)))
        .containsExactly(71, 126);
  }

  @Test
  void nearest_takesPixelsAsTheyAre() {
    Resizing nearest = new Resizing(Fit.STRETCH, Interpolation.NEAREST, 0, 0);
    ByteBuffer file = Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_GRAY, 2, 10, 20));

    assertThat(
            Decoded.samples(
                file, Plans.bytes(ImageLayout.HW, Channels.GRAY, nearest, Shape.of(1, 4))))
        .containsExactly(10, 10, 20, 20);
  }

  @Test
  void crop_keepsTheMiddle() {
    Resizing crop = new Resizing(Fit.CROP, Interpolation.NEAREST, 0, 0);
    ByteBuffer file =
        Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_GRAY, 4, 1, 2, 3, 4, 5, 6, 7, 8));

    assertThat(
            Decoded.samples(file, Plans.bytes(ImageLayout.HW, Channels.GRAY, crop, Shape.of(2, 2))))
        .containsExactly(2, 3, 6, 7);
  }

  @Test
  void cropWithAShorterSide_resizesFirst() {
    Resizing crop = new Resizing(Fit.CROP, Interpolation.NEAREST, 4, 0);
    ByteBuffer file = Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_GRAY, 2, 1, 2, 3, 4));

    assertThat(
            Decoded.samples(file, Plans.bytes(ImageLayout.HW, Channels.GRAY, crop, Shape.of(2, 2))))
        .containsExactly(1, 2, 3, 4);
  }

  @Test
  void pad_fillsUpBothEnds() {
    Resizing pad = new Resizing(Fit.PAD, Interpolation.NEAREST, 0, 114);
    ByteBuffer file = Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_GRAY, 2, 1, 2));

    assertThat(
            Decoded.samples(file, Plans.bytes(ImageLayout.HW, Channels.GRAY, pad, Shape.of(4, 4))))
        .containsExactly(114, 114, 114, 114, 1, 1, 2, 2, 1, 1, 2, 2, 114, 114, 114, 114);
  }

  @Test
  void withoutResizing_theSizeHasToFit() {
    Resizing none = new Resizing(Fit.NONE, Interpolation.BILINEAR, 0, 0);
    ServingException refusal =
        Decoded.refusal(
            Files.file("png", TWO_BY_TWO),
            Plans.bytes(ImageLayout.CHW, Channels.RGB, none, Shape.of(3, 4)));

    assertThat(refusal.reason()).isEqualTo(Reason.TENSOR_SHAPE_MISMATCH);
    assertThat(refusal).hasMessageContaining("expected an image of 4 x 3", "got 2 x 2", "'x'");
  }

  /** The middle of both ways is then the smaller one, and the samples are the same. */
  @Test
  void anImageThatGrowsInWidthAlone_isResizedByColumnsFirst() {
    ByteBuffer file =
        Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_GRAY, 1, 0, 100, 200, 60));

    assertThat(Decoded.samples(file, Plans.bytes(ImageLayout.HW, Channels.GRAY, 2, 2)))
        .containsExactly(71, 71, 126, 126);
  }
}
