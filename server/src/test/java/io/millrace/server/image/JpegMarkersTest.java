package io.millrace.server.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class JpegMarkersTest {
  private static final ByteBuffer PLAIN = Files.file("jpeg", Files.noise(40));

  @Test
  void aPlainFile_hasOneScanAndItsEnd() {
    JpegMarkers markers = JpegMarkers.of(PLAIN);

    assertThat(markers.scans()).isEqualTo(1);
    assertThat(markers.isEnded()).isTrue();
    assertThat(markers.coefficientBytes()).isZero();
  }

  /** 3 x 3 units of 16 pixels on a side, each with 6 blocks. */
  @Test
  void aProgressiveFile_keepsItsCoefficientsBetweenScans() {
    JpegMarkers markers = JpegMarkers.of(Files.progressive(Files.noise(40)));

    assertThat(markers.scans()).isEqualTo(10);
    assertThat(markers.coefficientBytes()).isEqualTo(3 * 3 * 6 * 128);
  }

  /** A scan of one component among three. */
  @Test
  void aFileWithAScanForEachColour_keepsThemToo() {
    assertThat(JpegMarkers.of(Files.withScans(1, PLAIN)).coefficientBytes())
        .isEqualTo(3 * 3 * 6 * 128);
  }

  @Test
  void whatFollowsTheEnd_isNotRead() {
    byte[] scan = {(byte) 0xFF, (byte) 0xDA, 0, 2};

    assertThat(JpegMarkers.of(Files.joined(PLAIN, scan))).isEqualTo(JpegMarkers.of(PLAIN));
  }

  @Test
  void aFileThatIsCut_isNotEnded() {
    for (int length : new int[] {3, 4, 5, 30, PLAIN.limit() / 2, PLAIN.limit() - 1}) {
      assertThat(JpegMarkers.of(Files.cut(PLAIN, length)).isEnded()).as("of %d", length).isFalse();
    }
  }
}
