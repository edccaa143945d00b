package io.millrace.server.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.ImageLayout;
import io.millrace.server.model.ImagePlan;
import io.millrace.server.model.ImagePreprocess.Channels;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is in the files of each format. */
final class ImageFormatsTest {
  private static final BufferedImage TWO_BY_TWO =
      Files.rgb(2, 0xFF0000, 0x00FF00, 0x0000FF, 0x102030);

  @ParameterizedTest
  @ValueSource(strings = {"png", "gif", "bmp"})
  void formatsWithoutLoss_giveTheSamplesOfTheFile(String format) {
    assertThat(
            Decoded.samples(
                Files.file(format, Files.rgb(1, 0xFF0000)),
                Plans.bytes(ImageLayout.HWC, Channels.RGB, 1, 1)))
        .containsExactly(255, 0, 0);
  }

  @Test
  void aJpeg_givesWhatItHasKept() {
    int[] all = new int[64];
    Arrays.fill(all, 0x808080);

    assertThat(
            Decoded.samples(
                Files.file("jpeg", Files.rgb(8, all)),
                Plans.bytes(ImageLayout.HWC, Channels.GRAY, 8, 8)))
        .containsOnly(128);
  }

  /** Java's own conversion makes 188 of a gray of 128. */
  @Test
  void aGrayFile_isNotMadeBrighter() {
    ByteBuffer eight = Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_GRAY, 2, 0, 128));
    ByteBuffer sixteen =
        Files.file("png", Files.gray(BufferedImage.TYPE_USHORT_GRAY, 2, 0x00FF, 0x80FF));

    for (ByteBuffer file : List.of(eight, sixteen)) {
      assertThat(Decoded.samples(file, Plans.bytes(ImageLayout.HW, Channels.GRAY, 1, 2)))
          .containsExactly(0, 128);
      assertThat(Decoded.samples(file, Plans.bytes(ImageLayout.HWC, Channels.RGB, 1, 2)))
          .containsExactly(0, 0, 0, 128, 128, 128);
    }
  }

  @Test
  void aPaletteOfTwo_isRead() {
    ByteBuffer file = Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_BINARY, 2, 1, 0));

    assertThat(Decoded.samples(file, Plans.bytes(ImageLayout.HW, Channels.GRAY, 1, 2)))
        .containsExactly(255, 0);
  }

  @Test
  void whatIsTransparent_liesOnWhitePaper() {
    ByteBuffer file = Files.file("png", Files.argb(3, 0x00FF0000, 0x80000000, 0xFF102030));

    assertThat(Decoded.samples(file, Plans.bytes(ImageLayout.HWC, Channels.RGB, 1, 3)))
        .containsExactly(255, 255, 255, 127, 127, 127, 0x10, 0x20, 0x30);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, 0", "2, 1, 0", "3, 1, 1", "4, 0, 1", "5, 0, 0", "6, 1, 0", "7, 1, 1", "8, 0, 1",
  })
  void exif_turnsTheImageUpright(int orientation, int x, int y) {
    // Black but for the first block of the first line: 16 pixels wide, 8 high.
    int[] pixels = new int[32 * 16];
    for (int line = 0; line < 8; line++) {
      Arrays.fill(pixels, line * 32, line * 32 + 16, 0xFFFFFF);
    }
    boolean isLying = orientation > 4;
    ImagePlan plan =
        Plans.bytes(ImageLayout.HW, Channels.GRAY, isLying ? 32 : 16, isLying ? 16 : 32);
    int width = plan.width();
    for (boolean isLittleEndian : new boolean[] {true, false}) {
      ByteBuffer jpeg =
          Files.with(
              Files.exif(orientation, isLittleEndian), Files.file("jpeg", Files.rgb(32, pixels)));

      int[] upright = Decoded.samples(jpeg, plan);

      int corner = y * (plan.height() - 1) * width + x * (width - 1);
      int opposite = (1 - y) * (plan.height() - 1) * width + (1 - x) * (width - 1);
      assertThat(upright[corner]).isGreaterThan(200);
      assertThat(upright[opposite]).isLessThan(50);
    }
  }

  @Test
  void inksOfAPrint_becomeColours() {
    ImagePlan plan = Plans.bytes(ImageLayout.HWC, Channels.RGB, 8, 8);

    // Plain: 255 is all ink. Adobe's: 255 is none.
    assertThat(Arrays.copyOf(Decoded.samples(Files.inks(255, 0, 0, 0), plan), 3))
        .containsExactly(0, 255, 255);
    assertThat(
            Arrays.copyOf(
                Decoded.samples(Files.with(Files.adobe(0), Files.inks(0, 255, 255, 255)), plan), 3))
        .containsExactly(0, 255, 255);
    // As brightness and colour: white of the first three is no ink, and half of black is left.
    assertThat(
            Arrays.copyOf(
                Decoded.samples(Files.with(Files.adobe(2), Files.inks(0, 128, 128, 128)), plan), 3))
        .containsExactly(128, 128, 128);
  }

  @Test
  void exifOfAPng_turnsTheImageUpright() {
    ByteBuffer png = Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_GRAY, 3, 10, 20, 30));
    ByteBuffer turned = Files.withChunk("eXIf", Files.tiff(6, false), png);

    assertThat(Decoded.samples(turned, Plans.bytes(ImageLayout.HW, Channels.GRAY, 3, 1)))
        .containsExactly(10, 20, 30);
    assertThat(
            Decoded.samples(
                Files.withChunk("eXIf", Files.tiff(2, true), png),
                Plans.bytes(ImageLayout.HW, Channels.GRAY, 1, 3)))
        .containsExactly(30, 20, 10);
  }

  /** As Pillow has it: beside a picture is the first colour, or nothing, which is white. */
  @Test
  void aGifSmallerThanItsScreen_liesOnTheScreen() {
    ImagePlan plan = Plans.bytes(ImageLayout.HWC, Channels.RGB, 2, 2);

    assertThat(Decoded.samples(Files.gif(2, 1, 0, new byte[1]), plan))
        .containsExactly(16, 32, 48, 255, 0, 0, 16, 32, 48, 16, 32, 48);
    assertThat(Decoded.samples(Files.gif(2, 1, 1, new byte[1]), plan))
        .containsExactly(255, 255, 255, 255, 0, 0, 255, 255, 255, 255, 255, 255);
  }

  /** Cameras that stream leave out the last two bytes. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aJpegWithoutItsEnd_isRead(boolean isProgressive) {
    BufferedImage noise = Files.noise(64);
    ByteBuffer whole = isProgressive ? Files.progressive(noise) : Files.file("jpeg", noise);
    ImagePlan plan = Plans.bytes(ImageLayout.HWC, Channels.RGB, 64, 64);

    int[] samples = Decoded.samples(Files.cut(whole, whole.limit() - 2), plan);

    assertThat(samples).isEqualTo(Decoded.samples(whole, plan));
  }

  /** A phone writes a film behind the picture. */
  @Test
  void whatFollowsAJpeg_isNoneOfItsScans() {
    byte[] film = new byte[10 << 20];
    new Random(3).nextBytes(film);
    ByteBuffer jpeg = Files.file("jpeg", TWO_BY_TWO);
    ImagePlan plan = Plans.bytes(ImageLayout.HWC, Channels.RGB, 2, 2);

    assertThat(Decoded.samples(Files.joined(jpeg, film), plan))
        .isEqualTo(Decoded.samples(jpeg, plan));
  }
}
