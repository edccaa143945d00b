package io.millrace.server.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.server.model.ImageLayout;
import io.millrace.server.model.ImagePlan;
import io.millrace.server.model.ImagePreprocess.Channels;
import io.millrace.server.model.ImagePreprocess.PixelValues;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a model gets, and what the call that sent it holds. */
final class ImageDecoderTest {
  private static final BufferedImage TWO_BY_TWO =
      Files.rgb(2, 0xFF0000, 0x00FF00, 0x0000FF, 0x102030);

  @Test
  void layoutNchw_putsTheChannelsApart() {
    ImagePlan plan = Plans.bytes(ImageLayout.NCHW, Channels.RGB, 2, 2);

    assertThat(Decoded.samples(Files.file("png", TWO_BY_TWO), plan))
        .containsExactly(255, 0, 0, 0x10, 0, 255, 0, 0x20, 0, 0, 255, 0x30);
    assertThat(Decoded.tensor(Files.file("png", TWO_BY_TWO), plan).shape())
        .isEqualTo(Shape.of(1, 3, 2, 2));
  }

  @Test
  void layoutHwcWithBgr_putsBlueFirstInEachPixel() {
    assertThat(
            Decoded.samples(
                Files.file("png", TWO_BY_TWO), Plans.bytes(ImageLayout.HWC, Channels.BGR, 2, 2)))
        .containsExactly(0, 0, 255, 0, 255, 0, 255, 0, 0, 0x30, 0x20, 0x10);
  }

  @Test
  void gray_weighsTheColoursAsTheEyeDoes() {
    assertThat(
            Decoded.samples(
                Files.file("png", TWO_BY_TWO), Plans.bytes(ImageLayout.NHW, Channels.GRAY, 2, 2)))
        .containsExactly(76, 150, 29, 29);
  }

  @Test
  void values_areScaledThenNormalised() {
    ByteBuffer file = Files.file("png", Files.rgb(1, 0xFF8000));

    Tensor plain = Decoded.tensor(file, Plans.floats(PixelValues.DEFAULT, 1, 1));
    Tensor normal =
        Decoded.tensor(
            file,
            Plans.floats(
                new PixelValues(1, List.of(100.0, 0.0, 8.0), List.of(2.0, 4.0, 8.0)), 1, 1));

    assertThat(List.of(at(plain, 0), at(plain, 1), at(plain, 2)))
        .containsExactly(1f, 128 / 255f, 0f);
    assertThat(List.of(at(normal, 0), at(normal, 1), at(normal, 2)))
        .containsExactly(77.5f, 32f, -1f);
  }

  private static float at(Tensor tensor, int index) {
    return tensor.data().getFloat(index * Float.BYTES);
  }

  @Test
  void picturesOfOneInput_lieOneBehindTheOther() {
    ImagePlan plan = Plans.bytes(ImageLayout.NHW, Channels.GRAY, 1, 1);

    try (Decoding decoding = new ImageDecoder(64 << 20).begin(() -> {})) {
      List<Tensor> pictures =
          List.of(
              decoding.decode("body", Files.file("png", Files.rgb(1, 0x010101)), plan),
              decoding.decode("body", Files.file("png", Files.rgb(1, 0x020202)), plan));

      assertThat(decoding.joined("body", pictures)).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2}));
    }
  }

  /** A picture of 64 x 64 takes 12 KiB as a tensor. */
  @Test
  void whatPicturesAreJoinedTo_counts() {
    ByteBuffer file = Files.file("png", Files.rgb(64, new int[64 * 64]));
    ImagePlan plan = Plans.bytes(ImageLayout.HWC, Channels.RGB, 64, 64);

    try (Decoding decoding = new ImageDecoder(96 << 10).begin(() -> {})) {
      List<Tensor> pictures =
          List.of(decoding.decode("body", file, plan), decoding.decode("body", file, plan));

      assertThat(decoding.joined("body", pictures).remaining()).isEqualTo(24 << 10);
      assertThatThrownBy(() -> decoding.joined("body", Collections.nCopies(7, pictures.get(0))))
          .hasMessageStartingWith("body: to make one tensor of the 7 pictures takes 1 MiB beside")
          .isInstanceOfSatisfying(
              ServingException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.MESSAGE_TOO_LARGE));
    }
  }

  @Test
  void aFileThatLiesInMemoryForThisAlone_counts() {
    ByteBuffer file = Files.file("png", Files.rgb(1, 0x010203));
    ByteBuffer copy = ByteBuffer.allocate(64 << 10).put(file.duplicate()).flip();
    ImagePlan plan = Plans.bytes(ImageLayout.HWC, Channels.RGB, 1, 1);

    try (Decoding decoding = new ImageDecoder(64 << 10).begin(() -> {})) {
      assertThat(decoding.decode("body", copy, plan).byteCount()).isEqualTo(3);
      assertThatThrownBy(() -> decoding.decodeCopy("body", copy, plan))
          .isInstanceOfSatisfying(
              ServingException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.MESSAGE_TOO_LARGE));
    }
  }

  @Test
  void aCallerThatHasGone_endsTheDecoding() {
    ByteBuffer file = Files.file("png", Files.rgb(64, new int[64 * 64]));
    ServingException gone = ServingException.refusal(Reason.CALL_CANCELLED, "gone");
    ImagePlan plan = Plans.bytes(ImageLayout.HWC, Channels.RGB, 64, 64);
    Runnable refuse =
        () -> {
          throw gone;
        };

    try (Decoding decoding = new ImageDecoder(64 << 20).begin(refuse)) {
      assertThatThrownBy(() -> decoding.decode("body", file, plan)).isSameAs(gone);
    }
    assertThat(Decoded.tensor(file, plan)).isNotNull();
  }

  /** The reader of JPEGs tells only a few times how far it is; the rest asks by itself. */
  @Test
  void whetherTheCallerHasGone_isAskedAtEachLineAndForEachPass() {
    ByteBuffer file = Files.file("jpeg", Files.noise(200));
    AtomicInteger looks = new AtomicInteger();

    try (Decoding decoding = new ImageDecoder(64 << 20).begin(looks::incrementAndGet)) {
      decoding.decode("body", file, Plans.bytes(ImageLayout.HWC, Channels.RGB, 100, 100));
    }
    assertThat(looks.get()).isGreaterThanOrEqualTo(200 + 200 + 100);
  }

  @Test
  void anImageThatTheMemoryNeverHolds_isRefused() {
    ByteBuffer file = Files.file("png", Files.rgb(64, new int[64 * 64]));

    assertThat(tooLarge(file, Plans.bytes(ImageLayout.HWC, Channels.RGB, 1, 1), 1 << 10))
        .isEqualTo(Reason.MESSAGE_TOO_LARGE);
  }

  /** 12 MiB of numbers from one pixel. */
  @Test
  void aTensorThatTheMemoryNeverHolds_isRefused() {
    ByteBuffer file = Files.file("png", Files.rgb(1, 0));

    assertThat(tooLarge(file, Plans.floats(PixelValues.DEFAULT, 1024, 1024), 8 << 20))
        .isEqualTo(Reason.MESSAGE_TOO_LARGE);
  }

  private static Reason tooLarge(ByteBuffer file, ImagePlan plan, long maxBytes) {
    try (Decoding decoding = new ImageDecoder(maxBytes).begin(() -> {})) {
      return catchThrowableOfType(ServingException.class, () -> decoding.decode("body", file, plan))
          .reason();
    }
  }

  @Test
  void aTensor_isCountedUntilItsCallIsClosed() {
    ByteBuffer file = Files.file("png", Files.rgb(1, 0));
    ImagePlan plan = Plans.floats(PixelValues.DEFAULT, 256, 256);
    ImageDecoder decoder = new ImageDecoder(2 << 20);
    ServingException late = ServingException.refusal(Reason.DEADLINE_IN_QUEUE, "late");
    Runnable refuse =
        () -> {
          throw late;
        };

    try (Decoding holder = decoder.begin(() -> {});
        Decoding other = decoder.begin(refuse)) {
      holder.decode("body", file, plan);
      holder.decode("body", file, plan);
      assertThatThrownBy(() -> other.decode("body", file, plan)).isSameAs(late);
    }
    try (Decoding next = decoder.begin(() -> {})) {
      assertThat(next.decode("body", file, plan).byteCount()).isEqualTo(3 * 256 * 256 * 4);
    }
  }
}
