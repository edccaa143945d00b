package io.millrace.server.image;

import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;

/**
 * An image file of which the header is read and the rest is not yet. Close it after use. Confined
 * to the thread that decodes.
 */
final class OpenImage implements AutoCloseable {
  /** No camera makes more of them; each lets a few bytes cost a walk over all pixels. */
  private static final int MAX_SCANS = 100;

  static {
    // Else a desktop's Java would open a connection to its screen.
    System.setProperty("java.awt.headless", "true");
  }

  private final String place;
  private final ImageFormat format;
  private final JpegMarkers markers;
  private final ImageStream stream;
  private final ImageReader reader;
  private final int width;
  private final int height;

  /**
   * @param place what the file is to whoever sent it, for messages
   * @throws ServingException if it is no image, or of a format that is not decoded
   */
  OpenImage(String place, ByteBuffer file) {
    this.place = place;
    this.format = ImageFormat.of(file).orElseThrow(() -> unknown(place, file));
    this.markers =
        format == ImageFormat.JPEG
            ? JpegMarkers.of(file)
            : new JpegMarkers(Orientation.UPRIGHT, JpegMarkers.NO_ADOBE, 1);
    if (markers.scans() > MAX_SCANS) {
      throw malformed(
          "%s: the JPEG has %d scans, the limit is %d"
              .formatted(place, markers.scans(), MAX_SCANS));
    }
    this.stream = new ImageStream(file);
    this.reader = ImageIO.getImageReadersByFormatName(format.name()).next();
    try {
      reader.setInput(stream, true, true);
      width = reader.getWidth(0);
      height = reader.getHeight(0);
    } catch (IOException | RuntimeException e) {
      close();
      throw damaged();
    }
  }

  private static ServingException unknown(String place, ByteBuffer file) {
    ByteBuffer start = file.slice(file.position(), Math.min(8, file.remaining()));
    StringBuilder bytes = new StringBuilder();
    while (start.hasRemaining()) {
      bytes.append("%02x".formatted(start.get()));
    }
    return ServingException.refusal(
        Reason.REQUEST_MALFORMED,
        place,
        "%s: expected an image, one of %s; got %d bytes that begin with %s"
            .formatted(place, ImageFormat.all(), file.remaining(), Quote.of(bytes.toString())));
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  /**
   * Decodes it.
   *
   * @param refuseIfOver throws when the caller has gone, which ends the decoding
   */
  Picture picture(int channels, Runnable refuseIfOver) {
    ReadWatch watch = new ReadWatch(refuseIfOver);
    reader.addIIOReadProgressListener(watch);
    PixelRows rows;
    try {
      rows = rows();
    } catch (IOException | RuntimeException e) {
      watch.rethrow();
      throw damaged();
    }
    watch.rethrow();
    if (stream.ranOut()) {
      throw damaged();
    }
    return Picture.of(rows, width, height, markers.orientation(), channels);
  }

  private PixelRows rows() throws IOException {
    if (!hasInks()) {
      BufferedImage image = reader.read(0);
      if (image.getWidth() != width || image.getHeight() != height) {
        throw new IOException("another size than the header's");
      }
      return PixelRows.of(image);
    }
    Raster inks = reader.readRaster(0, null);
    if (inks.getNumBands() != InkRows.BANDS) {
      throw new IOException("bands of another number than inks");
    }
    return new InkRows(inks, markers);
  }

  /** Four of them; a JDK has an idea of its own how they look, or none. */
  private boolean hasInks() throws IOException {
    Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
    return format == ImageFormat.JPEG
        && (!types.hasNext() || types.next().getNumComponents() == InkRows.BANDS);
  }

  private ServingException damaged() {
    String cause = stream.ranOut() ? "it ends too early" : "it is damaged, or of a rare kind";
    return malformed("%s: the %s cannot be decoded: %s".formatted(place, format, cause));
  }

  private ServingException malformed(String message) {
    return ServingException.refusal(Reason.REQUEST_MALFORMED, place, message);
  }

  @Override
  public void close() {
    reader.dispose();
  }
}
