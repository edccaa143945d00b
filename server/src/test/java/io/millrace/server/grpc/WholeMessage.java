package io.millrace.server.grpc;

import com.google.protobuf.Message;
import io.grpc.KnownLength;
import java.io.ByteArrayInputStream;

/** A message as the transport hands it over: of known length, unless it came compressed. */
final class WholeMessage extends ByteArrayInputStream implements KnownLength {
  WholeMessage(byte[] bytes) {
    super(bytes);
  }

  static WholeMessage of(Message message) {
    return new WholeMessage(message.toByteArray());
  }
}
