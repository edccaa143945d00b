package io.millrace.server.image;

import io.millrace.server.model.ImagePlan;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Makes the tensors of the image files of one call. What the tensors take stays counted until it is
 * closed: do that when somebody else counts them, or nobody holds them. Confined to the calling
 * thread.
 */
public final class Decoding implements AutoCloseable {
  /** The most that JPEG can say; the tables of the resizing grow with it. */
  private static final int MAX_SIDE = 65_535;

  private final DecodeMemory.Share memory;
  private final Runnable refuseIfOver;
  private long resultBytes;

  Decoding(DecodeMemory.Share memory, Runnable refuseIfOver) {
    this.memory = memory;
    this.refuseIfOver = refuseIfOver;
  }

  /**
   * Decodes a file, which takes milliseconds; waits while too much is decoded already.
   *
   * @param place what the file is to whoever sent it, for messages: {@code body}, {@code part 'x'}
   * @throws ServingException that says what is wrong with the image
   */
  public Tensor decode(String place, ByteBuffer file, ImagePlan plan) {
    return decode(place, file, plan, 0);
  }

  /** The same of a file that lies in memory for this alone, so that it counts too. */
  public Tensor decodeCopy(String place, ByteBuffer file, ImagePlan plan) {
    return decode(place, file, plan, file.capacity());
  }

  private Tensor decode(String place, ByteBuffer file, ImagePlan plan, long copied) {
    Tensor tensor = tensor(place, file, plan, copied);
    resultBytes += tensor.byteCount();
    memory.shrinkTo(resultBytes);
    return tensor;
  }

  /**
   * The values of pictures of one input, one behind the other. Of the pictures nothing may be kept:
   * what they took counts for these.
   *
   * @param place where they stand to whoever sent them, for messages
   */
  public ByteBuffer joined(String place, List<Tensor> pictures) {
    long bytes = pictures.stream().mapToLong(Tensor::byteCount).sum();
    String purpose = "to make one tensor of the %d pictures".formatted(pictures.size());
    memory.take(place, purpose, bytes, refuseIfOver);
    ByteBuffer joined = ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
    pictures.forEach(picture -> joined.put(picture.data()));
    memory.shrinkTo(resultBytes);
    return joined.flip();
  }

  private Tensor tensor(String place, ByteBuffer file, ImagePlan plan, long copied) {
    try (OpenImage image = new OpenImage(place, file)) {
      requireSize(place, image, plan);
      memory.take(place, "to decode the image", copied + DecodeCost.of(image, plan), refuseIfOver);
      Picture picture = image.picture(plan.settings().channels().count(), refuseIfOver);
      return PixelTensor.of(new Fitting(plan, refuseIfOver).fit(place, picture), plan);
    }
  }

  private static void requireSize(String place, OpenImage image, ImagePlan plan) {
    long pixels = (long) image.width() * image.height();
    if (pixels > plan.settings().maxPixels()
        || Math.max(image.width(), image.height()) > MAX_SIDE) {
      throw ServingException.refusal(
          Reason.MESSAGE_TOO_LARGE,
          place,
          "%s: the image has %d x %d pixels; allowed are %d in all (max_pixels of preprocess.%s.image), and %d on a side"
              .formatted(
                  place,
                  image.width(),
                  image.height(),
                  plan.settings().maxPixels(),
                  Quote.plain(plan.input().name()),
                  MAX_SIDE));
    }
  }

  @Override
  public void close() {
    memory.close();
  }
}
