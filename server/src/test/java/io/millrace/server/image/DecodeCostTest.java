package io.millrace.server.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.millrace.server.model.ImageLayout;
import io.millrace.server.model.ImagePlan;
import io.millrace.server.model.ImagePreprocess.Channels;
import io.millrace.server.model.ImagePreprocess.PixelValues;
import java.awt.image.BufferedImage;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is counted before the decoding is what the decoding takes, by what its thread allocates. */
final class DecodeCostTest {
  /** Tables, buffers for a line and small things, which depend on no image. */
  private static final long SMALL = 4 << 20;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static long cost(ByteBuffer file, ImagePlan plan) {
    try (OpenImage image = new OpenImage("body", file)) {
      return DecodeCost.of(image, plan);
    }
  }

  private static long allocated(ByteBuffer file, ImagePlan plan) {
    long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
    assertThat(Decoded.tensor(file, plan).byteCount()).isPositive();
    return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpeg", "gif", "bmp"})
  void anImageOfEachFormat_takesNoMoreThanIsCounted(String format) {
    ByteBuffer file = Files.file(format, Files.noise(500));
    ImagePlan plan = Plans.floats(PixelValues.DEFAULT, 300, 300);

    assertThat(allocated(file, plan)).isLessThan(cost(file, plan) + SMALL);
  }

  /** Line by line first it would be 78 MiB between; its file has a few KB. */
  @Test
  void aColumnThatIsStretched_takesNoMoreThanIsCounted() {
    ByteBuffer file =
        Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_BINARY, 50, new int[50 * 20_000]));
    ImagePlan plan = Plans.bytes(ImageLayout.HW, Channels.GRAY, 8, 4_096);

    assertThat(cost(file, plan)).isLessThan(4 << 20);
    assertThat(allocated(file, plan)).isLessThan(cost(file, plan) + SMALL);
  }

  /** Of 3 bytes for each pixel of the file and 3 for the picture, as many for each later form. */
  @Test
  void pictureMiddleResultAndTensor_areCounted() {
    ByteBuffer file = Files.file("png", Files.noise(100));

    assertThat(cost(file, Plans.floats(PixelValues.DEFAULT, 50, 40)))
        .isEqualTo(3 * 100 * 100 + 3 * (100 * 100 + 40 * 100 + 40 * 50 + 40 * 50 + 4 * 40 * 50));
  }

  @Test
  void whatAJpegOfManyScansKeeps_isCountedInsteadIfItIsMore() {
    BufferedImage image = Files.noise(64);
    ImagePlan small = Plans.bytes(ImageLayout.HW, Channels.GRAY, 1, 1);

    // 16 units of 6 blocks of 64 coefficients of 2 bytes.
    assertThat(cost(Files.progressive(image), small)).isEqualTo(3 * 64 * 64 + 16 * 6 * 128);
    assertThat(cost(Files.file("jpeg", image), small))
        .isEqualTo(3 * 64 * 64 + (64 * 64 + 64 + 1 + 1 + 1));
  }
}
