package io.millrace.server.image;

import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A file that has been looked through: what it says that the reader of its format does not tell.
 *
 * @param pieces what of it the reader is to see, in order
 * @param screen on which a GIF's picture lies
 */
record ImageFile(
    ImageFormat format,
    List<ByteBuffer> pieces,
    Orientation orientation,
    JpegMarkers jpeg,
    Optional<GifScreen> screen) {
  /** Cameras that stream leave it out. */
  private static final byte[] END_OF_JPEG = {(byte) 0xFF, (byte) 0xD9};

  private static final int BMP_COMPRESSION = 30;
  private static final int BEGINNING_BYTES = 12;
  private static final String RIFF = "52494646";
  private static final String WEBP = "57454250";

  ImageFile {
    pieces = List.copyOf(pieces);
  }

  /**
   * Looks through a file.
   *
   * @param place what the file is to whoever sent it, for messages
   * @throws ServingException if it is no image, or of a kind that is not decoded
   */
  static ImageFile of(String place, ByteBuffer file) {
    ImageFormat format = ImageFormat.of(file).orElseThrow(() -> unknown(place, file));
    return switch (format) {
      case JPEG -> jpeg(file, JpegMarkers.of(file));
      case PNG -> png(PngChunks.of(file));
      case GIF -> gif(GifBlocks.of(file));
      case BMP -> bmp(place, file);
    };
  }

  private static ImageFile jpeg(ByteBuffer file, JpegMarkers markers) {
    List<ByteBuffer> pieces =
        markers.isEnded() ? List.of(file) : List.of(file, ByteBuffer.wrap(END_OF_JPEG));
    return new ImageFile(
        ImageFormat.JPEG, pieces, markers.orientation(), markers, Optional.empty());
  }

  private static ImageFile png(PngChunks chunks) {
    return new ImageFile(
        ImageFormat.PNG, chunks.pieces(), chunks.orientation(), JpegMarkers.NONE, Optional.empty());
  }

  private static ImageFile gif(GifBlocks blocks) {
    return new ImageFile(
        ImageFormat.GIF, blocks.pieces(), Orientation.UPRIGHT, JpegMarkers.NONE, blocks.screen());
  }

  private static ImageFile bmp(String place, ByteBuffer file) {
    requirePixels(place, file);
    return new ImageFile(
        ImageFormat.BMP, List.of(file), Orientation.UPRIGHT, JpegMarkers.NONE, Optional.empty());
  }

  /** The JDK's reader would read a whole other file out of such a BMP, of whatever size. */
  private static void requirePixels(String place, ByteBuffer file) {
    ByteBuffer bmp = file.slice().order(ByteOrder.LITTLE_ENDIAN);
    int compression =
        bmp.limit() < BMP_COMPRESSION + Integer.BYTES ? 0 : bmp.getInt(BMP_COMPRESSION);
    if (compression == 4 || compression == 5) {
      String embedded = compression == 4 ? "JPEG" : "PNG";
      throw ServingException.refusal(
          Reason.REQUEST_MALFORMED,
          place,
          "%s: the BMP holds a whole %s instead of pixels, which is not decoded; send the %s itself"
              .formatted(place, embedded, embedded));
    }
  }

  private static ServingException unknown(String place, ByteBuffer file) {
    String got =
        isWebp(file)
            ? "a WebP, which is not decoded"
            : "%d bytes that begin with %s".formatted(file.remaining(), Quote.of(beginning(file)));
    return ServingException.refusal(
        Reason.REQUEST_MALFORMED,
        place,
        "%s: expected an image, one of %s; got %s".formatted(place, ImageFormat.all(), got));
  }

  private static boolean isWebp(ByteBuffer file) {
    String beginning = beginning(file);
    return beginning.startsWith(RIFF) && beginning.endsWith(WEBP);
  }

  private static String beginning(ByteBuffer file) {
    byte[] bytes = new byte[Math.min(BEGINNING_BYTES, file.remaining())];
    file.get(file.position(), bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
