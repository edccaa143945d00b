package io.millrace.server.image;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Makes tensors of image files: JPEG, PNG, GIF (the first picture) or BMP, upright as the EXIF of a
 * JPEG or PNG says, on white where they are transparent. It takes milliseconds of the calling
 * thread, and waits while too much is decoded already, so no event loop may do it. Thread-safe.
 */
public final class ImageDecoder {
  private final DecodeMemory memory;

  /**
   * @param maxBytes what all images that are decoded at a time, and their tensors, may take
   */
  public ImageDecoder(long maxBytes) {
    memory = new DecodeMemory(maxBytes);
  }

  /** What a Content-Type calls a file that begins like this, if it is an image that is decoded. */
  public static Optional<String> typeOf(ByteBuffer file) {
    return ImageFormat.of(file).map(ImageFormat::type);
  }

  /**
   * For the images of one call.
   *
   * @param refuseIfOver throws a ServingException when the caller has gone
   */
  public Decoding begin(Runnable refuseIfOver) {
    return new Decoding(memory.open(), refuseIfOver);
  }
}
