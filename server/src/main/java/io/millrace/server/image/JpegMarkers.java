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
 * @param coefficientBytes what the decoder keeps of one scan for the next, outside of the heap
 * @param isEnded whether the marker is there that ends the image; what follows it is no part of it
 */
record JpegMarkers(
    Orientation orientation,
    int adobeTransform,
    int scans,
    long coefficientBytes,
    boolean isEnded) {
  static final int NO_ADOBE = -1;
  static final int ADOBE_YCCK = 2;

  /** Of what is no JPEG. */
  static final JpegMarkers NONE = new JpegMarkers(Orientation.UPRIGHT, NO_ADOBE, 1, 0, true);

  private static final int START_OF_SCAN = 0xDA;
  private static final int END_OF_IMAGE = 0xD9;
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

  /** From segment to segment, and over what is coded between them, as libjpeg goes. Confined. */
  private static final class Walk {
    private final ByteBuffer file;
    private Orientation orientation = Orientation.UPRIGHT;
    private JpegFrame frame = JpegFrame.NONE;
    private int transform = NO_ADOBE;
    private int scans;
    private long coefficientBytes;
    private boolean isEnded;

    Walk(ByteBuffer file) {
      this.file = file;
    }

    JpegMarkers markers() {
      int at = nextCode(2);
      while (at + 3 <= file.limit() && !isEnd(at)) {
        int length = file.getShort(at + 1) & 0xFFFF;
        if (length < 2 || length > file.limit() - at - 1) {
          break;
        }
        segment(file.get(at) & 0xFF, file.slice(at + 3, length - 2));
        at = nextCode(at + 1 + length);
      }
      isEnded = at < file.limit() && isEnd(at);
      return new JpegMarkers(orientation, transform, scans, coefficientBytes, isEnded);
    }

    private boolean isEnd(int at) {
      return (file.get(at) & 0xFF) == END_OF_IMAGE;
    }

    /** Where the code of the next marker with a segment is, or of the end. */
    private int nextCode(int from) {
      for (int at = from; at + 1 < file.limit(); at++) {
        if (file.get(at) == (byte) 0xFF && isSegmentOrEnd(file.get(at + 1) & 0xFF)) {
          return at + 1;
        }
      }
      return file.limit();
    }

    /** Neither a coded 0xFF, nor filling, nor where a decoder could start anew. */
    private static boolean isSegmentOrEnd(int code) {
      return code > 0x01 && code < 0xFF && (code < 0xD0 || code > 0xD7);
    }

    private void segment(int marker, ByteBuffer content) {
      if (marker == START_OF_SCAN) {
        scans++;
        coefficientBytes = Math.max(coefficientBytes, frame.coefficientBytes(content));
      } else if (JpegFrame.begins(marker)) {
        frame = JpegFrame.of(marker, content);
      } else if (scans == 0 && marker == APP1 && begins(content, EXIF)) {
        orientation = Orientation.ofTiff(content.slice(EXIF.length, content.limit() - EXIF.length));
      } else if (scans == 0
          && marker == APP14
          && begins(content, ADOBE)
          && content.limit() > TRANSFORM) {
        transform = content.get(TRANSFORM) & 0xFF;
      }
    }

    private static boolean begins(ByteBuffer content, byte[] name) {
      return content.limit() >= name.length
          && content.slice(0, name.length).equals(ByteBuffer.wrap(name));
    }
  }
}
