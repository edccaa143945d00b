package io.millrace.server.rest;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Files as {@code numpy.save} writes them, byte by byte. */
final class NpyFile {
  private NpyFile() {}

  static ByteString of(int version, String header, byte[] values) {
    byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer file =
        ByteBuffer.allocate(12 + text.length + values.length).order(ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
    file.put((byte) version).put((byte) 0);
    if (version == 1) {
      file.putShort((short) text.length);
    } else {
      file.putInt(text.length);
    }
    return ByteString.copyFrom(file.put(text).put(values).flip());
  }

  static ByteString of(String descr, boolean isFortranOrder, String shape, byte... values) {
    return of(
        1,
        "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }   \n"
            .formatted(descr, isFortranOrder ? "True" : "False", shape),
        values);
  }
}
