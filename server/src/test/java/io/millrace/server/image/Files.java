package io.millrace.server.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Image files for tests, made by the JDK and, where it makes none, by hand. */
final class Files {
  private static final int PNG_HEADER_BYTES = 33;

  private Files() {}

  /** An image of 24 bits for each pixel, given line by line as 0xRRGGBB. */
  static BufferedImage rgb(int width, int... pixels) {
    BufferedImage image =
        new BufferedImage(width, pixels.length / width, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, width, image.getHeight(), pixels, 0, width);
    return image;
  }

  /** A square of pixels that nothing can foretell. */
  static BufferedImage noise(int side) {
    return rgb(
        side, new Random(7).ints((long) side * side).map(pixel -> pixel & 0xFFFFFF).toArray());
  }

  static BufferedImage argb(int width, int... pixels) {
    BufferedImage image =
        new BufferedImage(width, pixels.length / width, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, width, image.getHeight(), pixels, 0, width);
    return image;
  }

  /** An image with one sample for each pixel, of a type of BufferedImage. */
  static BufferedImage gray(int type, int width, int... samples) {
    BufferedImage image = new BufferedImage(width, samples.length / width, type);
    image.getRaster().setPixels(0, 0, width, image.getHeight(), samples);
    return image;
  }

  static ByteBuffer file(String format, BufferedImage image) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalArgumentException("no writer for " + format);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ByteBuffer.wrap(out.toByteArray());
  }

  /** A JPEG of four inks, all of whose pixels are alike. */
  static ByteBuffer inks(int cyan, int magenta, int yellow, int black) {
    WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 8, 8, 4, null);
    for (int y = 0; y < 8; y++) {
      for (int x = 0; x < 8; x++) {
        raster.setPixel(x, y, new int[] {cyan, magenta, yellow, black});
      }
    }
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(null, new IIOImage(raster, null, null), null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    return ByteBuffer.wrap(out.toByteArray());
  }

  /** Adobe's segment, which says that 255 is no ink, and how the inks are coded. */
  static byte[] adobe(int transform) {
    return segment(0xEE, "Adobe\0d\0\0\0\0".getBytes(StandardCharsets.US_ASCII), (byte) transform);
  }

  /** EXIF's segment with an orientation. */
  static byte[] exif(int orientation, boolean isLittleEndian) {
    byte[] tiff = tiff(orientation, isLittleEndian);
    byte[] content = new byte[6 + tiff.length];
    System.arraycopy("Exif\0\0".getBytes(StandardCharsets.US_ASCII), 0, content, 0, 6);
    System.arraycopy(tiff, 0, content, 6, tiff.length);
    return segment(0xE1, content);
  }

  /** EXIF's directory with nothing but an orientation. */
  static byte[] tiff(int orientation, boolean isLittleEndian) {
    ByteBuffer tiff =
        ByteBuffer.allocate(26)
            .order(isLittleEndian ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    tiff.put((isLittleEndian ? "II" : "MM").getBytes(StandardCharsets.US_ASCII));
    tiff.putShort((short) 42).putInt(8).putShort((short) 1);
    tiff.putShort((short) 0x0112).putShort((short) 3).putInt(1).putShort((short) orientation);
    return tiff.array();
  }

  private static byte[] segment(int marker, byte[] content, byte... more) {
    int length = 2 + content.length + more.length;
    return ByteBuffer.allocate(2 + length)
        .put((byte) 0xFF)
        .put((byte) marker)
        .putShort((short) length)
        .put(content)
        .put(more)
        .array();
  }

  /** A JPEG with a segment more, directly behind its first two bytes. */
  static ByteBuffer with(byte[] segment, ByteBuffer jpeg) {
    return ByteBuffer.allocate(jpeg.limit() + segment.length)
        .put(jpeg.slice(0, 2))
        .put(segment)
        .put(jpeg.slice(2, jpeg.limit() - 2))
        .flip();
  }

  /** A JPEG that becomes finer from scan to scan. */
  static ByteBuffer progressive(BufferedImage image) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam settings = writer.getDefaultWriteParam();
    settings.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(null, new IIOImage(image, null, null), settings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    return ByteBuffer.wrap(out.toByteArray());
  }

  /** A JPEG that claims more scans, all of them empty, before its end. */
  static ByteBuffer withScans(int count, ByteBuffer jpeg) {
    byte[] scan = segment(0xDA, new byte[] {1, 1, 0, 0, 63, 0});
    ByteBuffer file = ByteBuffer.allocate(jpeg.limit() + count * scan.length);
    file.put(jpeg.slice(0, jpeg.limit() - 2));
    for (int i = 0; i < count; i++) {
      file.put(scan);
    }
    return file.put(jpeg.slice(jpeg.limit() - 2, 2)).flip();
  }

  /** A baseline JPEG that claims another size. */
  static ByteBuffer claiming(int width, int height, ByteBuffer jpeg) {
    ByteBuffer file = ByteBuffer.allocate(jpeg.limit()).put(jpeg.duplicate()).flip();
    int frame = 0;
    while (file.getShort(frame) != (short) 0xFFC0) {
      frame++;
    }
    return file.putShort(frame + 5, (short) height).putShort(frame + 7, (short) width);
  }

  /** A PNG with a chunk more, directly behind its header. */
  static ByteBuffer withChunk(String type, byte[] content, ByteBuffer png) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(content);
    return ByteBuffer.allocate(png.limit() + 12 + content.length)
        .put(png.slice(0, PNG_HEADER_BYTES))
        .putInt(content.length)
        .put(name)
        .put(content)
        .putInt((int) crc.getValue())
        .put(png.slice(PNG_HEADER_BYTES, png.limit() - PNG_HEADER_BYTES))
        .flip();
  }

  /**
   * A GIF with a red pixel on its screen; the palette's other and first colour is 0x102030.
   *
   * @param control the flags of the picture's control block; 1 makes the first colour transparent
   * @param comment up to 255 bytes that stand before it
   */
  static ByteBuffer gif(int screenSide, int left, int control, byte[] comment) {
    return ByteBuffer.allocate(60 + comment.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("GIF89a".getBytes(StandardCharsets.US_ASCII))
        .putShort((short) screenSide)
        .putShort((short) screenSide)
        .put(new byte[] {(byte) 0x80, 0, 0, 0x10, 0x20, 0x30, (byte) 0xFF, 0, 0})
        .put(new byte[] {0x21, (byte) 0xF9, 4, (byte) control, 0, 0, 0, 0})
        .put(new byte[] {0x21, (byte) 0xFE, (byte) comment.length})
        .put(comment)
        .put(new byte[] {0, 0x2C})
        .putShort((short) left)
        .putShort((short) 0)
        .put(new byte[] {1, 0, 1, 0, 0, 2, 2, 0x4C, 1, 0, 0x3B})
        .flip();
  }

  static ByteBuffer cut(ByteBuffer file, int length) {
    return file.slice(0, length);
  }

  static ByteBuffer joined(ByteBuffer first, byte[] second) {
    return ByteBuffer.allocate(first.limit() + second.length)
        .put(first.duplicate())
        .put(second)
        .flip();
  }

  /** The first 33 bytes of a PNG that claims a size. */
  static ByteBuffer pngHeader(int width, int height) {
    ByteBuffer header = ByteBuffer.allocate(PNG_HEADER_BYTES);
    header.put("\u0089PNG\r\n\u001a\n".getBytes(StandardCharsets.ISO_8859_1)).putInt(13);
    header.put("IHDR".getBytes(StandardCharsets.US_ASCII)).putInt(width).putInt(height);
    header.put(new byte[] {8, 2, 0, 0, 0});
    CRC32 crc = new CRC32();
    crc.update(header.array(), 12, 17);
    return header.putInt((int) crc.getValue()).flip();
  }
}
