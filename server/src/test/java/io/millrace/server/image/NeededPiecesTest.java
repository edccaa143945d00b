package io.millrace.server.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.ImageLayout;
import io.millrace.server.model.ImagePlan;
import io.millrace.server.model.ImagePreprocess.Channels;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What of a file its reader does not get to see, because it would keep it. */
final class NeededPiecesTest {
  private static int bytes(List<ByteBuffer> pieces) {
    return pieces.stream().mapToInt(ByteBuffer::remaining).sum();
  }

  @Test
  void remarksInAPng_areLeftOut() {
    ByteBuffer png = Files.file("png", Files.gray(BufferedImage.TYPE_BYTE_BINARY, 2, 1, 0));
    ByteBuffer noted =
        Files.withChunk("tEXt", new byte[1_000], Files.withChunk("zTXt", new byte[1_000], png));
    ImagePlan plan = Plans.bytes(ImageLayout.HW, Channels.GRAY, 1, 2);

    assertThat(bytes(PngChunks.of(noted).pieces())).isEqualTo(png.limit());
    assertThat(Decoded.samples(noted, plan)).isEqualTo(Decoded.samples(png, plan));
  }

  @Test
  void whatFollowsTheEndOfAPng_isLeftOut() {
    ByteBuffer png = Files.file("png", Files.noise(8));

    assertThat(bytes(PngChunks.of(Files.joined(png, new byte[100])).pieces()))
        .isEqualTo(png.limit());
  }

  @Test
  void remarksInAGif_areLeftOut() {
    ByteBuffer brief = Files.gif(1, 0, 0, new byte[1]);
    ByteBuffer wordy = Files.gif(1, 0, 0, new byte[200]);

    assertThat(bytes(GifBlocks.of(wordy).pieces())).isEqualTo(bytes(GifBlocks.of(brief).pieces()));
    assertThat(Decoded.samples(wordy, Plans.bytes(ImageLayout.HWC, Channels.RGB, 1, 1)))
        .containsExactly(255, 0, 0);
  }
}
