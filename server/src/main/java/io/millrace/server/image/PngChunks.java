package io.millrace.server.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The chunks of a PNG file that make its picture. Its reader would keep the others too, texts and
 * whatever it does not know, and with them many times their size.
 *
 * @param orientation of EXIF
 * @param pieces the beginning of the file and those chunks
 */
record PngChunks(Orientation orientation, List<ByteBuffer> pieces) {
  private static final int SIGNATURE_BYTES = 8;
  private static final int HEAD_BYTES = 8;
  private static final int CHECK_BYTES = 4;

  private static final int HEADER = type("IHDR");
  private static final int PALETTE = type("PLTE");
  private static final int TRANSPARENCY = type("tRNS");
  private static final int DATA = type("IDAT");
  private static final int END = type("IEND");
  private static final int EXIF = type("eXIf");
  private static final Set<Integer> ONCE = Set.of(HEADER, PALETTE, TRANSPARENCY, END);

  PngChunks {
    pieces = List.copyOf(pieces);
  }

  private static int type(String name) {
    return ByteBuffer.wrap(name.getBytes(StandardCharsets.US_ASCII)).getInt();
  }

  /** Of what cannot be read it says nothing; the decoder will. */
  static PngChunks of(ByteBuffer file) {
    return new Walk(file.slice().order(ByteOrder.BIG_ENDIAN)).chunks();
  }

  /** From chunk to chunk. Confined to the thread that decodes. */
  private static final class Walk {
    private final ByteBuffer file;
    private final List<ByteBuffer> pieces = new ArrayList<>();
    private final Set<Integer> seen = new HashSet<>();
    private Orientation orientation = Orientation.UPRIGHT;
    private int dataStart;
    private int dataEnd;

    Walk(ByteBuffer file) {
      this.file = file;
    }

    PngChunks chunks() {
      pieces.add(file.slice(0, SIGNATURE_BYTES));
      int at = SIGNATURE_BYTES;
      while (at <= file.limit() - HEAD_BYTES && !seen.contains(END)) {
        int length = file.getInt(at);
        if (length < 0) {
          break;
        }
        long end = (long) at + HEAD_BYTES + length + CHECK_BYTES;
        chunk(file.getInt(at + 4), at, (int) Math.min(end, file.limit()));
        at = (int) Math.min(end, file.limit());
      }
      endData();
      return new PngChunks(orientation, pieces);
    }

    /** Of a chunk that is cut, the part that is there lets the reader say so. */
    private void chunk(int type, int from, int to) {
      if (type == DATA) {
        data(from, to);
        return;
      }
      endData();
      if (type == EXIF && to - from > HEAD_BYTES) {
        orientation = Orientation.ofTiff(file.slice(from + HEAD_BYTES, to - from - HEAD_BYTES));
      } else if (ONCE.contains(type) && seen.add(type)) {
        pieces.add(file.slice(from, to - from));
      }
    }

    /** The chunks of the picture follow each other; those that come later are none. */
    private void data(int from, int to) {
      if (seen.add(DATA)) {
        dataStart = from;
        dataEnd = to;
      } else if (dataEnd == from) {
        dataEnd = to;
      }
    }

    private void endData() {
      if (dataEnd > dataStart) {
        pieces.add(file.slice(dataStart, dataEnd - dataStart));
      }
      dataStart = 0;
      dataEnd = 0;
    }
  }
}
