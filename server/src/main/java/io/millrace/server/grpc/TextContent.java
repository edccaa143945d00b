package io.millrace.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Texts in the one piece that TensorFlow makes of them: the lengths of all as varints, then all
 * texts (its {@code port::EncodeStringList}).
 *
 * @param field of the bytes in the request, such as {@code inputs['x'].tensor_content}
 */
record TextContent(String field, ByteString bytes) {
  /**
   * What the texts take in the form of {@link io.millrace.server.model.BytesElements}.
   *
   * @throws ServingException if the bytes are not exactly as many texts
   */
  long encodedBytes(long count) {
    CodedInputStream lengths = bytes.newCodedInput();
    long total = 0;
    try {
      for (long i = 0; i < count; i++) {
        total += Integer.toUnsignedLong(lengths.readRawVarint32());
      }
    } catch (IOException e) {
      throw notSoMany(count);
    }
    if (total != bytes.size() - lengths.getTotalBytesRead()) {
      throw notSoMany(count);
    }
    return total + count * Integer.BYTES;
  }

  /** Writes the texts, of which the caller knows that they are there. */
  void encode(long count, byte[] into) {
    ByteBuffer encoded = ByteBuffer.wrap(into).order(ByteOrder.LITTLE_ENDIAN);
    CodedInputStream lengths = bytes.newCodedInput();
    int from = bytes.size() - (int) (into.length - count * Integer.BYTES);
    try {
      for (long i = 0; i < count; i++) {
        int length = lengths.readRawVarint32();
        encoded.putInt(length);
        bytes.substring(from, from + length).copyTo(encoded);
        from += length;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ServingException notSoMany(long count) {
    return ServingException.refusal(
        Reason.TENSOR_SIZE_MISMATCH,
        field,
        "%d bytes are not %d texts in TensorFlow's form: the lengths of all as varints, then all"
                .formatted(bytes.size(), count)
            + " texts");
  }
}
