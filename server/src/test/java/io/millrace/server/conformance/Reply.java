package io.millrace.server.conformance;

import com.google.protobuf.ByteString;

/**
 * What came back.
 *
 * @param http the status by HTTP; 0 by gRPC
 * @param code of gRPC, by HTTP as the body says it; 0 for an answer
 * @param body a message or a JSON text; of an error by gRPC the JSON that REST has for the same
 * @param jsonBytes how many of the body's bytes are JSON, where tensors stand behind it
 */
record Reply(int http, int code, ByteString body, int jsonBytes) {
  Reply(int http, int code, ByteString body) {
    this(http, code, body, body.size());
  }

  boolean isAnswer() {
    return code == 0;
  }

  String text() {
    return body.toStringUtf8();
  }
}
