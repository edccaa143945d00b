package io.millrace.server.grpc;

import io.millrace.server.model.InferenceRequest;
import java.util.Map;

/** A request of one of the inference protocols whose bytes were read. */
interface ReadRequest {
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
   * The call of a model.
   *
   * @throws io.millrace.server.model.ServingException if the request makes no sense
   */
  InferenceRequest decode(InferenceDoor.Patience patience);
}
