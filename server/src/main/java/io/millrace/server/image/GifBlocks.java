package io.millrace.server.image;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The blocks of a GIF file that make its first picture (GIF89a, sections 18 to 23). Its reader
 * would piece together the others too, which for a large comment takes minutes.
 *
 * @param screen empty if the file ends before its first picture, or is damaged
 */
record GifBlocks(List<ByteBuffer> pieces, Optional<GifScreen> screen) {
  private static final int HEADER_BYTES = 6;
  private static final int EXTENSION = 0x21;
  private static final int IMAGE = 0x2C;
  private static final int GRAPHIC_CONTROL = 0xF9;

  GifBlocks {
    pieces = List.copyOf(pieces);
  }

  /** Of what cannot be read it says nothing; the decoder will. */
  static GifBlocks of(ByteBuffer file) {
    return new Walk(file.slice().order(ByteOrder.LITTLE_ENDIAN)).blocks();
  }

  /** From block to block. Confined to the thread that decodes. */
  private static final class Walk {
    private final ByteBuffer file;
    private final List<ByteBuffer> pieces = new ArrayList<>();
    private Optional<ByteBuffer> control = Optional.empty();
    private int firstColor = PixelRows.OPAQUE;

    Walk(ByteBuffer file) {
      this.file = file;
    }

    GifBlocks blocks() {
      Optional<GifScreen> screen;
      try {
        screen = screen();
      } catch (BufferUnderflowException e) {
        screen = Optional.empty();
      }
      return new GifBlocks(pieces, screen);
    }

    private Optional<GifScreen> screen() {
      skip(HEADER_BYTES);
      int width = size();
      int height = size();
      int flags = octet();
      skip(2);
      palette(flags);
      pieces.add(file.slice(0, file.position()));
      int from = file.position();
      int block = octet();
      while (block == EXTENSION) {
        extension(from);
        from = file.position();
        block = octet();
      }
      control.ifPresent(pieces::add);
      pieces.add(file.slice(from, file.limit() - from));
      return block == IMAGE ? Optional.of(image(width, height)) : Optional.empty();
    }

    private GifScreen image(int width, int height) {
      int left = size();
      int top = size();
      int right = left + size();
      int bottom = top + size();
      palette(octet());
      return new GifScreen(
          Math.max(width, right), Math.max(height, bottom), left, top, isClear() ? 0 : firstColor);
    }

    /** Only the last control block is about the picture. */
    private void extension(int from) {
      boolean isControl = octet() == GRAPHIC_CONTROL;
      for (int length = octet(); length > 0; length = octet()) {
        skip(length);
      }
      if (isControl) {
        control = Optional.of(file.slice(from, file.position() - from));
      }
    }

    /**
     * Whether pixels may be transparent, and what is beside them is; else it is the palette's first
     * colour, as Pillow has it.
     */
    private boolean isClear() {
      return control.map(block -> block.limit() > 3 && (block.get(3) & 1) != 0).orElse(false);
    }

    /** Of three bytes for each colour, if the highest bit says that there is one. */
    private void palette(int flags) {
      if ((flags & 0x80) != 0) {
        firstColor = PixelRows.OPAQUE | (octet() << 16) | (octet() << 8) | octet();
        skip(3 * ((2 << (flags & 7)) - 1));
      }
    }

    private int octet() {
      return file.get() & 0xFF;
    }

    private int size() {
      return file.getShort() & 0xFFFF;
    }

    private void skip(int bytes) {
      if (bytes > file.remaining()) {
        throw new BufferUnderflowException();
      }
      file.position(file.position() + bytes);
    }
  }
}
