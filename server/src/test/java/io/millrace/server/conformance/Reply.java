package io.millrace.server.conformance;

import com.google.protobuf.ByteString;

/**
 * What came back.
 *
 * @param http the status by HTTP; 0 by gRPC
 * @param code of gRPC, by HTTP as the body says it; 0 for an answer
 * @param body a message or a JSON text; of an error by gRPC the JSON that REST has for the same
 */
record Reply(int http, int code, ByteString body) {
  boolean isAnswer() {
    return code == 0;
  }

  String text() {
    return body.toStringUtf8();
  }
}
