package io.millrace.server.rest;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;

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

  static ServingException wrongShape(String field, String message) {
    return ServingException.refusal(Reason.TENSOR_SHAPE_MISMATCH, field, message);
  }

  static ServingException wrongType(String field, String message) {
    return ServingException.refusal(Reason.TENSOR_DTYPE_MISMATCH, field, message);
  }

  static ServingException twice(String field) {
    return malformed(field, field + " is given twice");
  }
}
