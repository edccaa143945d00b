package io.millrace.server.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * What the segments of a JPEG file say that its reader does not tell (ITU-T T.81, annex B).
 *
 * @param orientation of EXIF
 * @param adobeTransform how Adobe's segment says that the colours are coded; {@link #NO_ADOBE}
 *     without one
 * @param scans how often the decoder has to go over the whole image
 */
record JpegMarkers(Orientation orientation, int adobeTransform, int scans) {
  static final int NO_ADOBE = -1;
  static final int ADOBE_YCCK = 2;

  private static final int START_OF_SCAN = 0xDA;
  private static final int APP1 = 0xE1;
  private static final int APP14 = 0xEE;
  private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ADOBE = "Adobe".getBytes(StandardCharsets.US_ASCII);

  /** In Adobe's segment, behind its name, its version and two fields of flags. */
  private static final int TRANSFORM = 11;

  /** Of what cannot be read it says nothing; the decoder will. */
  static JpegMarkers of(ByteBuffer file) {
    return new Walk(file.slice().order(ByteOrder.BIG_ENDIAN)).markers();
  }

  /** From segment to segment. Confined to the thread that decodes. */
  private static final class Walk {
    private final ByteBuffer file;
    private Orientation orientation = Orientation.UPRIGHT;
    private int transform = NO_ADOBE;

    Walk(ByteBuffer file) {
      this.file = file;
    }

    JpegMarkers markers() {
      int at = 2;
      while (at + 4 <= file.limit() && (file.get(at) & 0xFF) == 0xFF) {
        int marker = file.get(at + 1) & 0xFF;
        if (marker == START_OF_SCAN) {
          break;
        }
        if (marker == 0xFF) {
          at++;
          continue;
        }
        int length = file.getShort(at + 2) & 0xFFFF;
        if (length < 2 || at + 2 + length > file.limit()) {
          break;
        }
        segment(marker, file.slice(at + 4, length - 2));
        at += 2 + length;
      }
      return new JpegMarkers(orientation, transform, scansFrom(at));
    }

    private void segment(int marker, ByteBuffer content) {
      if (marker == APP1 && begins(content, EXIF)) {
        orientation = Orientation.ofTiff(content.slice(EXIF.length, content.limit() - EXIF.length));
      } else if (marker == APP14 && begins(content, ADOBE) && content.limit() > TRANSFORM) {
        transform = content.get(TRANSFORM) & 0xFF;
      }
    }

    private static boolean begins(ByteBuffer content, byte[] name) {
      return content.limit() >= name.length
          && content.slice(0, name.length).equals(ByteBuffer.wrap(name));
    }

    /** Within the coded data 0xFF is always followed by something else. */
    private int scansFrom(int first) {
      int scans = 0;
      for (int at = first; at + 1 < file.limit(); at++) {
        if (file.get(at) == (byte) 0xFF && file.get(at + 1) == (byte) START_OF_SCAN) {
          scans++;
        }
      }
      return scans;
    }
  }
}
