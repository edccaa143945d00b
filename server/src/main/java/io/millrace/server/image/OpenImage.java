package io.millrace.server.image;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.SampleModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.Optional;
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

  /** Programs that press JPEGs make ten; so many a large image may have too. */
  private static final int FEW_SCANS = 16;

  /** What the scans of an image may walk over together, for no deadline can end them. */
  private static final long MAX_SCANNED_PIXELS = 1L << 29;

  static {
    // Else a desktop's Java would open a connection to its screen.
    System.setProperty("java.awt.headless", "true");
  }

  private final String place;
  private final ImageFile file;
  private final ImageStream stream;
  private final ImageReader reader;
  private final int pictureWidth;
  private final int pictureHeight;
  private final Optional<GifScreen> screen;

  /**
   * @param place what the file is to whoever sent it, for messages
   * @throws ServingException if it is no image, or of a format that is not decoded
   */
  OpenImage(String place, ByteBuffer bytes) {
    this.place = place;
    this.file = ImageFile.of(place, bytes);
    this.stream = new ImageStream(file.pieces());
    this.reader = ImageIO.getImageReadersByFormatName(file.format().name()).next();
    try {
      reader.setInput(stream, true, true);
      pictureWidth = reader.getWidth(0);
      pictureHeight = reader.getHeight(0);
      requireSize();
    } catch (IOException | RuntimeException e) {
      close();
      throw e instanceof ServingException known ? known : damaged();
    }
    this.screen = file.screen().filter(whole -> whole.isLargerThan(pictureWidth, pictureHeight));
  }

  private void requireSize() throws IOException {
    if (pictureWidth < 1 || pictureHeight < 1) {
      throw new IOException("no pixels");
    }
    long pixels = (long) pictureWidth * pictureHeight;
    long most = Math.max(FEW_SCANS, Math.min(MAX_SCANS, MAX_SCANNED_PIXELS / pixels));
    if (file.jpeg().scans() > most) {
      throw malformed(
          "%s: the JPEG has %d scans, the limit is %d for %d x %d pixels"
              .formatted(place, file.jpeg().scans(), most, pictureWidth, pictureHeight));
    }
  }

  int width() {
    return screen.map(GifScreen::width).orElse(pictureWidth);
  }

  int height() {
    return screen.map(GifScreen::height).orElse(pictureHeight);
  }

  Orientation orientation() {
    return file.orientation();
  }

  /** How much memory the pixels take as the reader gives them. */
  long rasterBytes() {
    try {
      return (long) pictureWidth * pictureHeight * pixelBytes();
    } catch (IOException | RuntimeException e) {
      throw damaged();
    }
  }

  private int pixelBytes() throws IOException {
    if (hasInks()) {
      return InkRows.BANDS;
    }
    SampleModel samples = reader.getImageTypes(0).next().getSampleModel();
    return samples.getNumDataElements()
        * DataBuffer.getDataTypeSize(samples.getDataType())
        / Byte.SIZE;
  }

  /** What the reader takes beside the pixels until it is done. */
  long readerBytes() {
    // A BMP may be packed, and is unpacked to one byte for each pixel first.
    return file.format() == ImageFormat.BMP
        ? (long) pictureWidth * pictureHeight
        : file.jpeg().coefficientBytes();
  }

  /**
   * Decodes it.
   *
   * @param refuseIfOver throws when the caller has gone, which ends the decoding
   */
  Picture picture(int channels, Runnable refuseIfOver) {
    ReadWatch watch = new ReadWatch(refuseIfOver);
    reader.addIIOReadProgressListener(watch);
    reader.addIIOReadWarningListener(watch);
    PixelRows rows;
    try {
      rows = rows();
    } catch (IOException | RuntimeException e) {
      watch.rethrow();
      throw damaged();
    }
    watch.rethrow();
    if (stream.ranOut() || (watch.isWarned() && !file.jpeg().isEnded())) {
      throw damaged();
    }
    return Picture.of(
        onScreen(rows).watchedBy(refuseIfOver), width(), height(), orientation(), channels);
  }

  private PixelRows onScreen(PixelRows rows) {
    return screen
        .<PixelRows>map(whole -> new ScreenRows(rows, pictureWidth, pictureHeight, whole))
        .orElse(rows);
  }

  private PixelRows rows() throws IOException {
    if (!hasInks()) {
      BufferedImage image = reader.read(0);
      if (image.getWidth() != pictureWidth || image.getHeight() != pictureHeight) {
        throw new IOException("another size than the header's");
      }
      return PixelRows.of(image);
    }
    Raster inks = reader.readRaster(0, null);
    if (inks.getNumBands() != InkRows.BANDS) {
      throw new IOException("bands of another number than inks");
    }
    return new InkRows(inks, file.jpeg());
  }

  /** Four of them; a JDK has an idea of its own how they look, or none. */
  private boolean hasInks() throws IOException {
    if (file.format() != ImageFormat.JPEG) {
      return false;
    }
    Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
    return !types.hasNext() || types.next().getNumComponents() == InkRows.BANDS;
  }

  private ServingException damaged() {
    String cause =
        stream.ranOut() || !file.jpeg().isEnded()
            ? "it ends too early"
            : "it is damaged, or of a rare kind";
    return malformed("%s: the %s cannot be decoded: %s".formatted(place, file.format(), cause));
  }

  private ServingException malformed(String message) {
    return ServingException.refusal(Reason.REQUEST_MALFORMED, place, message);
  }

  @Override
  public void close() {
    reader.dispose();
  }
}
