package io.millrace.server.conformance;

import com.google.protobuf.ByteString;
import io.millrace.server.wire.WireMessage;
import java.util.List;
import java.util.stream.Stream;

/**
 * A call as it travels.
 *
 * @param target a method's full name, or a path
 * @param headers names and values by turns
 */
record Request(Door door, String target, ByteString body, List<String> headers) {
  /** Where it goes. */
  enum Door {
    GRPC,
    /** The same by a stream of which it is the only request. */
    STREAM,
    /** HTTP through Envoy. */
    REST
  }

  static Request grpc(String method, WireMessage message) {
    return new Request(Door.GRPC, method, ByteString.copyFrom(message.toBytes()), List.of());
  }

  static Request rest(String path, String json) {
    return new Request(Door.REST, path, ByteString.copyFromUtf8(json), List.of());
  }

  Request withHeader(String name, String value) {
    List<String> more = Stream.concat(headers.stream(), Stream.of(name, value)).toList();
    return new Request(door, target, body, more);
  }

  /** The same without its last byte. */
  Request cutShort() {
    return new Request(door, target, body.substring(0, body.size() - 1), headers);
  }
}
