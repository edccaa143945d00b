package io.millrace.server.grpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is encoded straight into the transport's memory, so that its values are copied
 * once. Confined to one thread.
 */
abstract class EncodedReply extends InputStream implements Drainable, KnownLength {
  /** What is larger goes past the buffer, so more of it is of no use. */
  private static final int BUFFER_BYTES = 4 << 10;

  private final int size;
  private @Nullable ByteArrayInputStream whole;

  EncodedReply(int size) {
    this.size = size;
  }

  /** Writes all fields, which take as many bytes as was promised. */
  abstract void write(CodedOutputStream out) throws IOException;

  /**
   * The same number of bytes.
   *
   * @throws ServingException if the answer may not take so many
   */
  static int requireAtMost(int maxBytes, long bytes) {
    if (bytes > maxBytes) {
      throw ServingException.refusal(
          Reason.MESSAGE_TOO_LARGE,
          "the answer takes %d bytes, the limit is %d; ask for fewer rows or outputs"
              .formatted(bytes, maxBytes));
    }
    return (int) bytes;
  }

  /** A message begins: its tag and length. */
  static void begin(CodedOutputStream out, int field, int length) throws IOException {
    out.writeTag(field, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    out.writeUInt32NoTag(length);
  }

  /** A text; nothing if it is empty. */
  static void writeText(CodedOutputStream out, int field, String text) throws IOException {
    if (!text.isEmpty()) {
      out.writeString(field, text);
    }
  }

  static int sizeOfText(int field, String text) {
    return text.isEmpty() ? 0 : CodedOutputStream.computeStringSize(field, text);
  }

  /** A packed list; nothing for a scalar. */
  static void writeSizes(CodedOutputStream out, int field, Shape shape) throws IOException {
    if (shape.rank() > 0) {
      begin(out, field, packedSize(shape));
      for (int i = 0; i < shape.rank(); i++) {
        out.writeInt64NoTag(shape.size(i));
      }
    }
  }

  static int sizeOfSizes(int field, Shape shape) {
    return shape.rank() == 0 ? 0 : sizeOfMessage(field, packedSize(shape));
  }

  private static int packedSize(Shape shape) {
    int size = 0;
    for (int i = 0; i < shape.rank(); i++) {
      size += CodedOutputStream.computeInt64SizeNoTag(shape.size(i));
    }
    return size;
  }

  /** What a message of this length takes in the one around it. */
  static int sizeOfMessage(int field, int length) {
    return CodedOutputStream.computeTagSize(field)
        + CodedOutputStream.computeUInt32SizeNoTag(length)
        + length;
  }

  /** The same for one whose length was not checked yet. */
  static long sizeOfMessage(int field, long length) {
    return CodedOutputStream.computeTagSize(field)
        + CodedOutputStream.computeUInt64SizeNoTag(length)
        + length;
  }

  @Override
  public int drainTo(OutputStream target) throws IOException {
    if (whole != null) {
      return (int) whole.transferTo(target);
    }
    CodedOutputStream out = CodedOutputStream.newInstance(target, Math.min(size, BUFFER_BYTES));
    write(out);
    out.flush();
    whole = new ByteArrayInputStream(new byte[0]);
    return size;
  }

  @Override
  public int available() {
    return whole == null ? size : whole.available();
  }

  @Override
  public int read() throws IOException {
    return whole().read();
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    return whole().read(into, offset, length);
  }

  /** For whoever does not drain it. */
  private ByteArrayInputStream whole() throws IOException {
    if (whole == null) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(size);
      drainTo(bytes);
      whole = new ByteArrayInputStream(bytes.toByteArray());
    }
    return whole;
  }
}
