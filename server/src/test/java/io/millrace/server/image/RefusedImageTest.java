package io.millrace.server.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.ImageLayout;
import io.millrace.server.model.ImagePlan;
import io.millrace.server.model.ImagePreprocess.Channels;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not decoded, and why. */
final class RefusedImageTest {
  private static final BufferedImage TWO_BY_TWO =
      Files.rgb(2, 0xFF0000, 0x00FF00, 0x0000FF, 0x102030);

  /** Ten billion pixels in 33 bytes. */
  @Test
  void aBomb_isRefusedByItsHeader() {
    ServingException refusal =
        Decoded.refusal(
            Files.pngHeader(100_000, 100_000), Plans.bytes(ImageLayout.HWC, Channels.RGB, 1, 1));

    assertThat(refusal.reason()).isEqualTo(Reason.MESSAGE_TOO_LARGE);
    assertThat(refusal)
        .hasMessageContaining("100000 x 100000", Plans.MAX_PIXELS + " in all", "max_pixels");
  }

  @Test
  void aSideThatNoFormatNeeds_isRefused() {
    assertThat(
            Decoded.refusal(
                    Files.pngHeader(1_000_000, 1), Plans.bytes(ImageLayout.HWC, Channels.RGB, 1, 1))
                .reason())
        .isEqualTo(Reason.MESSAGE_TOO_LARGE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpeg", "gif", "bmp"})
  void aFileThatIsCut_isRefused(String format) {
    ByteBuffer file = Files.file(format, Files.noise(64));
    ImagePlan plan = Plans.bytes(ImageLayout.HWC, Channels.RGB, 64, 64);
    assertThat(Decoded.tensor(file, plan).byteCount()).isEqualTo(64 * 64 * 3);

    for (int length : new int[] {9, 40, file.limit() / 2, file.limit() * 9 / 10}) {
      ServingException refusal = Decoded.refusal(Files.cut(file, length), plan);

      assertThat(refusal).as("%d of %d bytes", length, file.limit()).isNotNull();
      assertThat(refusal.reason()).isEqualTo(Reason.REQUEST_MALFORMED);
      assertThat(refusal).hasMessageStartingWith("body: the ").hasMessageContaining("decoded");
    }
  }

  @Test
  void whatIsAnImageAndSomethingElseToo_isTheImageAlone() {
    byte[] zip = "PK\u0003\u0004 <script>".getBytes(StandardCharsets.ISO_8859_1);
    ImagePlan plan = Plans.bytes(ImageLayout.HWC, Channels.RGB, 2, 2);
    ByteBuffer png = Files.file("png", TWO_BY_TWO);

    assertThat(Decoded.samples(Files.joined(png, zip), plan)).isEqualTo(Decoded.samples(png, plan));
    assertThat(Decoded.refusal(Files.joined(ByteBuffer.wrap(zip), bytesOf(png)), plan))
        .hasMessageContaining("expected an image, one of [JPEG, PNG", "'504b0304");
  }

  private static byte[] bytesOf(ByteBuffer file) {
    byte[] bytes = new byte[file.limit()];
    file.get(0, bytes);
    return bytes;
  }

  @Test
  void anEmptyFile_isRefused() {
    assertThat(
            Decoded.refusal(
                ByteBuffer.allocate(0), Plans.bytes(ImageLayout.HWC, Channels.RGB, 1, 1)))
        .hasMessageContaining("got 0 bytes");
  }

  @Test
  void aWebp_isRefusedByName() {
    ByteBuffer webp =
        ByteBuffer.wrap("RIFF\u001a\0\0\0WEBPVP8 ".getBytes(StandardCharsets.ISO_8859_1));

    assertThat(Decoded.refusal(webp, Plans.bytes(ImageLayout.HWC, Channels.RGB, 1, 1)))
        .hasMessageContaining("one of [JPEG, PNG, GIF, BMP]; got a WebP, which is not decoded");
  }

  @Test
  void aJpegOfTooManyScans_isRefusedUnread() {
    ByteBuffer file = Files.withScans(100, Files.file("jpeg", TWO_BY_TWO));

    assertThat(Decoded.refusal(file, Plans.bytes(ImageLayout.HWC, Channels.RGB, 2, 2)))
        .hasMessageContaining("101 scans, the limit is 100 for 2 x 2 pixels");
  }

  /** Each scan is a walk over all of them. */
  @Test
  void aLargeJpeg_mayHaveFewerScans() {
    ByteBuffer file =
        Files.claiming(5_000, 5_000, Files.withScans(30, Files.file("jpeg", TWO_BY_TWO)));

    assertThat(Decoded.refusal(file, Plans.bytes(ImageLayout.HWC, Channels.RGB, 2, 2)))
        .hasMessageContaining("31 scans, the limit is 21 for 5000 x 5000 pixels");
  }

  /** The JDK's reader says that such a BMP is so wide as its header claims, below 0 too. */
  @ParameterizedTest
  @CsvSource({"4, JPEG", "5, PNG"})
  void aBmpAroundAnotherFile_isRefusedByName(int compression, String name) {
    ByteBuffer bmp = ByteBuffer.allocate(54).order(ByteOrder.LITTLE_ENDIAN);
    bmp.put((byte) 'B').put((byte) 'M').putInt(10, 54).putInt(14, 40).putInt(18, -1000);
    bmp.putInt(22, 1000).putShort(26, (short) 1).putInt(30, compression).putInt(34, 1 << 30);

    ServingException refusal =
        Decoded.refusal(bmp.position(0), Plans.bytes(ImageLayout.HWC, Channels.RGB, 2, 2));

    assertThat(refusal.reason()).isEqualTo(Reason.REQUEST_MALFORMED);
    assertThat(refusal).hasMessageContaining("the BMP holds a whole " + name);
  }

  @Test
  void aBmpOfLessThanNoPixels_isRefused() {
    ByteBuffer bmp = Files.file("bmp", TWO_BY_TWO).order(ByteOrder.LITTLE_ENDIAN).putInt(18, -2);

    assertThat(Decoded.refusal(bmp, Plans.bytes(ImageLayout.HWC, Channels.RGB, 2, 2)).reason())
        .isEqualTo(Reason.REQUEST_MALFORMED);
  }
}
