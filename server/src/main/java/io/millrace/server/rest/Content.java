package io.millrace.server.rest;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The bytes that somebody sent for one input.
 *
 * @param place what they are to whoever sent them, for messages: {@code body}, {@code part 'x'}
 * @param isNamedFile whether they came with the name of a file
 */
record Content(String place, ContentKind kind, ByteString data, boolean isNamedFile) {
  /** Without a copy where the bytes lie together, as those of a message do. */
  ByteBuffer bytes() {
    return data.asReadOnlyByteBuffer().slice().order(ByteOrder.LITTLE_ENDIAN);
  }
}
