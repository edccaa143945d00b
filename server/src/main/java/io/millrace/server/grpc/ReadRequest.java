package io.millrace.server.grpc;

import io.millrace.server.model.InferenceRequest;
import java.util.Map;

/** A request of one of the inference protocols whose bytes were read. */
interface ReadRequest {
  /** More than the message brought is not written on an event loop: its other calls would wait. */
  int MOST_NEW_BYTES = 64 << 10;

  /** What the caller calls it, for the answer; may be empty. */
  String id();

  /** The signature that the answer names, where the protocol has several; may be empty. */
  default String signatureName() {
    return "";
  }

  /** How long its parameters say that the caller waits, in microseconds; 0 if they do not. */
  default long timeoutMicros() {
    return 0;
  }

  /** What an error is about: model, version and id as far as they are known. */
  Map<String, String> subject();

  /**
   * Whether to decode it takes longer than an event loop has time for, since a few of its bytes
   * stand for many. Asked before it is decoded, which may then be done by another thread.
   *
   * @throws io.millrace.server.model.ServingException if the request makes no sense, or there is no
   *     room for what it stands for
   */
  default boolean isLong() {
    return false;
  }

  /**
   * The call of a model.
   *
   * @throws io.millrace.server.model.ServingException if the request makes no sense
   */
  InferenceRequest decode(InferenceDoor.Patience patience);
}
