package io.millrace.server.rest;

import com.google.protobuf.ByteString;
import io.millrace.server.model.Quote;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The bytes of tensors behind the JSON of a body, handed out in the order of the inputs. Confined
 * to the thread that reads.
 */
final class BinaryTensors {
  private final ByteString bytes;
  private final boolean isAnnounced;
  private int taken;

  private BinaryTensors(ByteString bytes, boolean isAnnounced) {
    this.bytes = bytes;
    this.isAnnounced = isAnnounced;
  }

  static BinaryTensors behindJson(ByteString bytes) {
    return new BinaryTensors(bytes, true);
  }

  /** Of a body that is JSON to its end. */
  static BinaryTensors none() {
    return new BinaryTensors(ByteString.EMPTY, false);
  }

  /**
   * The next bytes, as a little-endian view from 0.
   *
   * @param field where the request says how many
   * @throws io.millrace.server.model.ServingException REQUEST_MALFORMED if there are not so many
   */
  ByteBuffer take(String field, String input, long size) {
    if (!isAnnounced) {
      throw Refusals.malformed(
          field,
          "input %s has binary_data_size, but the request has no header %s to say where its bytes begin"
              .formatted(Quote.of(input), HeadLength.NAME));
    }
    int left = bytes.size() - taken;
    if (size > left) {
      throw Refusals.malformed(
          field,
          "input %s: binary_data_size is %d, but of the %d bytes behind the JSON %d are left"
              .formatted(Quote.of(input), size, bytes.size(), left));
    }
    ByteString part = bytes.substring(taken, taken + (int) size);
    taken += (int) size;
    return view(part);
  }

  /** Bytes as a tensor takes them, without a copy. */
  static ByteBuffer view(ByteString part) {
    // A part begins in the middle of its buffer; the slice at 0.
    return part.asReadOnlyByteBuffer().slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * @throws io.millrace.server.model.ServingException REQUEST_MALFORMED if bytes are left over
   */
  void requireAllTaken() {
    if (taken < bytes.size()) {
      throw Refusals.malformed(
          "body",
          "behind the JSON are %d bytes, but all binary_data_size of its inputs make %d"
              .formatted(bytes.size(), taken));
    }
  }
}
