package io.millrace.server.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.server.model.DataType;
import io.millrace.server.model.ImageLayout;
import io.millrace.server.model.ImagePlan;
import io.millrace.server.model.ImagePreprocess;
import io.millrace.server.model.ImagePreprocess.Channels;
import io.millrace.server.model.ImagePreprocess.Fit;
import io.millrace.server.model.ImagePreprocess.Interpolation;
import io.millrace.server.model.ImagePreprocess.PixelValues;
import io.millrace.server.model.ImagePreprocess.Resizing;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ImageDecoderTest {
  private static final long MAX_PIXELS = 1 << 20;
  private static final int RED = 0xFF0000;
  private static final int GREEN = 0x00FF00;
  private static final int BLUE = 0x0000FF;
  private static final BufferedImage TWO_BY_TWO = Files.rgb(2, RED, GREEN, BLUE, 0x102030);

  private final ImageDecoder decoder = new ImageDecoder(64 << 20);

  /** As bytes, which show each sample as it is. */
  private static ImagePlan bytes(ImageLayout layout, Channels channels, int height, int width) {
    return plan(layout, channels, Resizing.DEFAULT, height, width);
  }

  private static ImagePlan plan(
      ImageLayout layout, Channels channels, Resizing resizing, int height, int width) {
    Shape shape = layout.shape(channels.count(), height, width);
    return ImagePlan.of(
        TensorSpec.of("x", DataType.UINT8, shape.toArray()),
        new ImagePreprocess(0, 0, layout, channels, PixelValues.DEFAULT, resizing, MAX_PIXELS));
  }

  private static ImagePlan floats(PixelValues values) {
    return ImagePlan.of(
        TensorSpec.of("x", DataType.FP32, 1, 3, 1, 1),
        new ImagePreprocess(
            0, 0, ImageLayout.NCHW, Channels.RGB, values, Resizing.DEFAULT, MAX_PIXELS));
  }

  private Tensor decode(ByteBuffer file, ImagePlan plan) {
    return decoder.decode("body", file, plan, () -> {});
  }

  private int[] samples(ByteBuffer file, ImagePlan plan) {
    Tensor tensor = decode(file, plan);
    int[] samples = new int[tensor.byteCount()];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = tensor.data().get(i) & 0xFF;
    }
    return samples;
  }

  private ServingException refusal(ByteBuffer file, ImagePlan plan) {
    return catchThrowableOfType(ServingException.class, () -> decode(file, plan));
  }

  @Test
  void layoutNchw_putsTheChannelsApart() {
    ImagePlan plan = bytes(ImageLayout.NCHW, Channels.RGB, 2, 2);

    assertThat(samples(Files.file("png", TWO_BY_TWO), plan))
        .containsExactly(255, 0, 0, 0x10, 0, 255, 0, 0x20, 0, 0, 255, 0x30);
    assertThat(decode(Files.file("png", TWO_BY_TWO), plan).shape()).isEqualTo(Shape.of(1, 3, 2, 2));
  }

  @Test
  void layoutHwcWithBgr_putsBlueFirstInEachPixel() {
    assertThat(samples(Files.file("png", TWO_BY_TWO), bytes(ImageLayout.HWC, Channels.BGR, 2, 2)))
        .containsExactly(0, 0, 255, 0, 255, 0, 255, 0, 0, 0x30, 0x20, 0x10);
  }

  @Test
  void gray_weighsTheColoursAsTheEyeDoes() {
    assertThat(samples(Files.file("png", TWO_BY_TWO), bytes(ImageLayout.NHW, Channels.GRAY, 2, 2)))
        .containsExactly(76, 150, 29, 29);
  }

  @Test
  void values_areScaledThenNormalised() {
    ByteBuffer file = Files.file("png", Files.rgb(1, 0xFF8000));

    Tensor plain = decode(file, floats(PixelValues.DEFAULT));
    Tensor normal =
        decode(file, floats(new PixelValues(1, List.of(100.0, 0.0, 8.0), List.of(2.0, 4.0, 8.0))));

    assertThat(List.of(at(plain, 0), at(plain, 1), at(plain, 2)))
        .containsExactly(1f, 128 / 255f, 0f);
    assertThat(List.of(at(normal, 0), at(normal, 1), at(normal, 2)))
        .containsExactly(77.5f, 32f, -1f);
  }

  private static float at(Tensor tensor, int index) {
    return tensor.data().getFloat(index * Float.BYTES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "gif", "bmp"})
  void formatsWithoutLoss_giveTheSamplesOfTheFile(String format) {
    assertThat(
            samples(
                Files.file(format, Files.rgb(1, 0xFF0000)),
                bytes(ImageLayout.HWC, Channels.RGB, 1, 1)))
        .containsExactly(255, 0, 0);
  }

  @Test
  void aJpeg_givesWhatItHasKept() {
    int[] all = new int[64];
    Arrays.fill(all, 0x808080);

    assertThat(
            samples(
                Files.file("jpeg", Files.rgb(8, all)), bytes(ImageLayout.HWC, Channels.GRAY, 8, 8)))
        .containsOnly(128);
  }

  /** Java's own conversion makes 188 of a gray of 128. */
  @Test
  void aGrayFile_isNotMadeBrighter() {
    ByteBuffer eight = Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_GRAY, 2, 0, 128));
    ByteBuffer sixteen =
        Files.file("png", Files.gray(BufferedImage.TYPE_USHORT_GRAY, 2, 0x00FF, 0x80FF));

    for (ByteBuffer file : List.of(eight, sixteen)) {
      assertThat(samples(file, bytes(ImageLayout.HW, Channels.GRAY, 1, 2))).containsExactly(0, 128);
      assertThat(samples(file, bytes(ImageLayout.HWC, Channels.RGB, 1, 2)))
          .containsExactly(0, 0, 0, 128, 128, 128);
    }
  }

  @Test
  void aPaletteOfTwo_isRead() {
    ByteBuffer file = Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_BINARY, 2, 1, 0));

    assertThat(samples(file, bytes(ImageLayout.HW, Channels.GRAY, 1, 2))).containsExactly(255, 0);
  }

  @Test
  void whatIsTransparent_liesOnWhitePaper() {
    ByteBuffer file = Files.file("png", Files.argb(3, 0x00FF0000, 0x80000000, 0xFF102030));

    assertThat(samples(file, bytes(ImageLayout.HWC, Channels.RGB, 1, 3)))
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
    ImagePlan plan = bytes(ImageLayout.HW, Channels.GRAY, isLying ? 32 : 16, isLying ? 16 : 32);
    int width = plan.width();
    for (boolean isLittleEndian : new boolean[] {true, false}) {
      ByteBuffer jpeg =
          Files.with(
              Files.exif(orientation, isLittleEndian), Files.file("jpeg", Files.rgb(32, pixels)));

      int[] upright = samples(jpeg, plan);

      int corner = y * (plan.height() - 1) * width + x * (width - 1);
      int opposite = (1 - y) * (plan.height() - 1) * width + (1 - x) * (width - 1);
      assertThat(upright[corner]).isGreaterThan(200);
      assertThat(upright[opposite]).isLessThan(50);
    }
  }

  @Test
  void inksOfAPrint_becomeColours() {
    ImagePlan plan = bytes(ImageLayout.HWC, Channels.RGB, 8, 8);

    // Plain: 255 is all ink. Adobe's: 255 is none.
    assertThat(Arrays.copyOf(samples(Files.inks(255, 0, 0, 0), plan), 3))
        .containsExactly(0, 255, 255);
    assertThat(
            Arrays.copyOf(
                samples(Files.with(Files.adobe(0), Files.inks(0, 255, 255, 255)), plan), 3))
        .containsExactly(0, 255, 255);
    // As brightness and colour: white of the first three is no ink, and half of black is left.
    assertThat(
            Arrays.copyOf(
                samples(Files.with(Files.adobe(2), Files.inks(0, 128, 128, 128)), plan), 3))
        .containsExactly(128, 128, 128);
  }

  @Test
  void shrinking_countsEachPixel() {
    ByteBuffer file =
        Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_GRAY, 4, 0, 100, 200, 60));

    // Weights of a triangle: 3, 3, 1 of 7, and mirrored.
    assertThat(samples(file, bytes(ImageLayout.HW, Channels.GRAY, 1, 2))).containsExactly(71, 126);
  }

  @Test
  void nearest_takesPixelsAsTheyAre() {
    Resizing nearest = new Resizing(Fit.STRETCH, Interpolation.NEAREST, 0, 0);
    ByteBuffer file = Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_GRAY, 2, 10, 20));

    assertThat(samples(file, plan(ImageLayout.HW, Channels.GRAY, nearest, 1, 4)))
        .containsExactly(10, 10, 20, 20);
  }

  @Test
  void crop_keepsTheMiddle() {
    Resizing crop = new Resizing(Fit.CROP, Interpolation.NEAREST, 0, 0);
    ByteBuffer file =
        Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_GRAY, 4, 1, 2, 3, 4, 5, 6, 7, 8));

    assertThat(samples(file, plan(ImageLayout.HW, Channels.GRAY, crop, 2, 2)))
        .containsExactly(2, 3, 6, 7);
  }

  @Test
  void cropWithAShorterSide_resizesFirst() {
    Resizing crop = new Resizing(Fit.CROP, Interpolation.NEAREST, 4, 0);
    ByteBuffer file = Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_GRAY, 2, 1, 2, 3, 4));

    assertThat(samples(file, plan(ImageLayout.HW, Channels.GRAY, crop, 2, 2)))
        .containsExactly(1, 2, 3, 4);
  }

  @Test
  void pad_fillsUpBothEnds() {
    Resizing pad = new Resizing(Fit.PAD, Interpolation.NEAREST, 0, 114);
    ByteBuffer file = Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_GRAY, 2, 1, 2));

    assertThat(samples(file, plan(ImageLayout.HW, Channels.GRAY, pad, 4, 4)))
        .containsExactly(114, 114, 114, 114, 1, 1, 2, 2, 1, 1, 2, 2, 114, 114, 114, 114);
  }

  @Test
  void withoutResizing_theSizeHasToFit() {
    Resizing none = new Resizing(Fit.NONE, Interpolation.BILINEAR, 0, 0);
    ServingException refusal =
        refusal(Files.file("png", TWO_BY_TWO), plan(ImageLayout.CHW, Channels.RGB, none, 3, 4));

    assertThat(refusal.reason()).isEqualTo(Reason.TENSOR_SHAPE_MISMATCH);
    assertThat(refusal).hasMessageContaining("expected an image of 4 x 3", "got 2 x 2", "'x'");
  }

  /** Ten billion pixels in 33 bytes. */
  @Test
  void aBomb_isRefusedByItsHeader() {
    ServingException refusal =
        refusal(Files.pngHeader(100_000, 100_000), bytes(ImageLayout.HWC, Channels.RGB, 1, 1));

    assertThat(refusal.reason()).isEqualTo(Reason.MESSAGE_TOO_LARGE);
    assertThat(refusal)
        .hasMessageContaining("100000 x 100000", MAX_PIXELS + " in all", "max_pixels");
  }

  @Test
  void aSideThatNoFormatNeeds_isRefused() {
    assertThat(
            refusal(Files.pngHeader(1_000_000, 1), bytes(ImageLayout.HWC, Channels.RGB, 1, 1))
                .reason())
        .isEqualTo(Reason.MESSAGE_TOO_LARGE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpeg", "gif", "bmp"})
  void aFileThatIsCut_isRefused(String format) {
    int[] noise = new Random(7).ints(64 * 64).map(pixel -> pixel & 0xFFFFFF).toArray();
    ByteBuffer file = Files.file(format, Files.rgb(64, noise));
    ImagePlan plan = bytes(ImageLayout.HWC, Channels.RGB, 64, 64);
    assertThat(decode(file, plan).byteCount()).isEqualTo(64 * 64 * 3);

    for (int length : new int[] {9, 40, file.limit() / 2, file.limit() * 9 / 10}) {
      ServingException refusal = refusal(Files.cut(file, length), plan);

      assertThat(refusal).as("%d of %d bytes", length, file.limit()).isNotNull();
      assertThat(refusal.reason()).isEqualTo(Reason.REQUEST_MALFORMED);
      assertThat(refusal).hasMessageStartingWith("body: the ").hasMessageContaining("decoded");
    }
  }

  @Test
  void whatIsAnImageAndSomethingElseToo_isTheImageAlone() {
    byte[] zip = "PK\u0003\u0004 <script>".getBytes(StandardCharsets.ISO_8859_1);
    ImagePlan plan = bytes(ImageLayout.HWC, Channels.RGB, 2, 2);
    ByteBuffer png = Files.file("png", TWO_BY_TWO);

    assertThat(samples(Files.joined(png, zip), plan)).isEqualTo(samples(png, plan));
    assertThat(refusal(Files.joined(ByteBuffer.wrap(zip), bytesOf(png)), plan))
        .hasMessageContaining("expected an image, one of [JPEG, PNG", "'504b0304");
  }

  private static byte[] bytesOf(ByteBuffer file) {
    byte[] bytes = new byte[file.limit()];
    file.get(0, bytes);
    return bytes;
  }

  @Test
  void anEmptyFile_isRefused() {
    assertThat(refusal(ByteBuffer.allocate(0), bytes(ImageLayout.HWC, Channels.RGB, 1, 1)))
        .hasMessageContaining("got 0 bytes");
  }

  @Test
  void aJpegOfTooManyScans_isRefusedUnread() {
    byte[] scans = new byte[2 * 101];
    for (int i = 0; i < scans.length; i += 2) {
      scans[i] = (byte) 0xFF;
      scans[i + 1] = (byte) 0xDA;
    }

    assertThat(
            refusal(
                Files.joined(Files.file("jpeg", TWO_BY_TWO), scans),
                bytes(ImageLayout.HWC, Channels.RGB, 2, 2)))
        .hasMessageContaining("102 scans, the limit is 100");
  }

  @Test
  void aCallerThatHasGone_endsTheDecoding() {
    ByteBuffer file = Files.file("png", Files.rgb(64, new int[64 * 64]));
    ServingException gone = ServingException.refusal(Reason.CALL_CANCELLED, "gone");
    ImagePlan plan = bytes(ImageLayout.HWC, Channels.RGB, 64, 64);

    assertThatThrownBy(
            () ->
                decoder.decode(
                    "body",
                    file,
                    plan,
                    () -> {
                      throw gone;
                    }))
        .isSameAs(gone);
    assertThat(decode(file, plan)).isNotNull();
  }

  @Test
  void anImageThatTheMemoryNeverHolds_isRefused() {
    ImageDecoder small = new ImageDecoder(1 << 10);
    ByteBuffer file = Files.file("png", Files.rgb(64, new int[64 * 64]));

    assertThatThrownBy(
            () -> small.decode("body", file, bytes(ImageLayout.HWC, Channels.RGB, 1, 1), () -> {}))
        .isInstanceOfSatisfying(
            ServingException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.MESSAGE_TOO_LARGE));
  }
}
