package io.millrace.server.rest;

import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.function.Supplier;

/** The refusals that every reader of bodies makes. */
final class Refusals {
  private Refusals() {}

  static ServingException malformed(String message) {
    return ServingException.refusal(Reason.REQUEST_MALFORMED, message);
  }

  static ServingException malformed(String field, String message) {
    return ServingException.refusal(Reason.REQUEST_MALFORMED, field, message);
  }

  static ServingException unsupported(String message) {
    return ServingException.refusal(Reason.UNSUPPORTED_OPERATION, message);
  }

  static ServingException unsupported(String field, String message) {
    return ServingException.refusal(Reason.UNSUPPORTED_OPERATION, field, message);
  }

  /**
   * @param expected what to send, such as {@code a picture}
   */
  static ServingException emptyBody(String expected) {
    return malformed(
        Content.BODY,
        "the body is empty; send %s. If it was not empty when it was sent, a gateway lost it: grpc-gateway does unless it has a marshaller for google.api.HttpBody"
            .formatted(expected));
  }

  static ServingException wrongShape(String field, String message) {
    return ServingException.refusal(Reason.TENSOR_SHAPE_MISMATCH, field, message);
  }

  static ServingException wrongType(String field, String message) {
    return ServingException.refusal(Reason.TENSOR_DTYPE_MISMATCH, field, message);
  }

  /** Reads the values of an input; a refusal names it, whatever the reading knows of it. */
  static <T> T named(String input, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (ServingException e) {
      throw ServingException.refusal(
          e.reason(),
          e.violations().get(0).field(),
          "input %s: %s".formatted(Quote.of(input), e.getMessage()));
    }
  }

  static ServingException twice(String field) {
    return malformed(field, field + " is given twice");
  }
}
