package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.server.model.CallParameters;
import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads what the parameters of a call and of its tensors say, and passes over others, except those
 * that ask for another form of tensors: without it an answer would be misread.
 */
final class InferParameters {
  /** Of the extension for shared memory. */
  private static final Set<String> UNSUPPORTED = Set.of("shared_memory_region");

  private InferParameters() {}

  /**
   * What the parameters of a call say.
   *
   * @param allBinary whether outputs shall be bytes behind the JSON
   */
  record OfCall(CallParameters known, boolean allBinary) {
    static final OfCall NONE = new OfCall(CallParameters.NONE, false);
  }

  /** Reads the parameters of the call, which begin with the current token. */
  static OfCall ofCall(JsonParser json) throws IOException {
    String path = "parameters";
    CallParameters known = CallParameters.NONE;
    boolean allBinary = false;
    requireObject(json, path);
    while (isAtNext(json, path)) {
      if (json.currentName().equals("binary_data_output")) {
        allBinary = bool(json, path);
      } else {
        known = with(known, json);
      }
    }
    return new OfCall(known, allBinary);
  }

  /** The same with what the current token, the value of a parameter, adds. */
  static CallParameters with(CallParameters read, JsonParser json) throws IOException {
    String name = json.currentName();
    return CallParameters.isKnown(name) ? read.with(name, whole(json), json.getText()) : read;
  }

  private static OptionalLong whole(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      return OptionalLong.empty();
    }
    WholeNumber number = WholeNumber.of(json);
    boolean isNegative = json.getText().startsWith("-");
    return OptionalLong.of(number.fitsSigned() ? number.bits() : isNegative ? -1 : Long.MAX_VALUE);
  }

  /**
   * Reads the parameters of an input, which begin with the current token.
   *
   * @return how many bytes behind the JSON are its values; nothing if its values are in the JSON
   */
  static OptionalLong ofInput(JsonParser json, String path) throws IOException {
    OptionalLong binarySize = OptionalLong.empty();
    requireObject(json, path);
    while (isAtNext(json, path)) {
      if (json.currentName().equals("binary_data_size")) {
        binarySize = OptionalLong.of(size(json, path));
      }
    }
    return binarySize;
  }

  private static long size(JsonParser json, String path) throws IOException {
    OptionalLong size = whole(json);
    if (size.isEmpty() || size.getAsLong() < 0) {
      throw invalid(
          path + ".binary_data_size",
          "binary_data_size of %s is %s; it is a number of bytes, 0 or more"
              .formatted(path, Quote.of(json.getText())));
    }
    return size.getAsLong();
  }

  /**
   * What the parameters of a wanted output say.
   *
   * @param binary whether it shall be bytes behind the JSON; nothing if they do not say
   * @param classes how many of its classes shall be named; nothing if they do not say
   */
  record OfOutput(Optional<Boolean> binary, Optional<Count> classes) {
    static final OfOutput NONE = new OfOutput(Optional.empty(), Optional.empty());
  }

  /** How many classes of an output are asked for, read and as it was written. */
  record Count(OptionalLong number, String written) {}

  /** Reads the parameters of a wanted output, which begin with the current token. */
  static OfOutput ofOutput(JsonParser json, String path) throws IOException {
    OfOutput read = OfOutput.NONE;
    requireObject(json, path);
    while (isAtNext(json, path)) {
      String name = json.currentName();
      if (name.equals("binary_data")) {
        read = new OfOutput(Optional.of(bool(json, path)), read.classes());
      } else if (name.equals(ClassCounts.PARAMETER)) {
        read = new OfOutput(read.binary(), Optional.of(new Count(whole(json), json.getText())));
      }
    }
    return read;
  }

  private static boolean bool(JsonParser json, String path) throws IOException {
    return switch (json.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default ->
          throw invalid(
              path + "." + json.currentName(),
              "%s of %s is true or false, got %s"
                  .formatted(json.currentName(), path, Quote.of(json.getText())));
    };
  }

  static void requireObject(JsonParser json, String path) {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw invalid(path, path + " must be an object");
    }
  }

  /** Goes on to the value of the next parameter; false at the end. */
  private static boolean isAtNext(JsonParser json, String path) throws IOException {
    if (json.nextToken() != JsonToken.FIELD_NAME) {
      return false;
    }
    String name = json.currentName();
    JsonToken value = json.nextToken();
    if (UNSUPPORTED.contains(name) && value != JsonToken.VALUE_FALSE) {
      throw ServingException.refusal(
          Reason.UNSUPPORTED_OPERATION,
          path,
          "%s of %s is not supported; send and ask for tensors in the body".formatted(name, path));
    }
    requireScalar(json, path);
    return true;
  }

  /** Refuses lists and objects as the value of the parameter that is read. */
  static void requireScalar(JsonParser json, String path) throws IOException {
    if (!json.currentToken().isScalarValue()) {
      throw invalid(
          path,
          "%s of %s must be a text, a number or a boolean"
              .formatted(Quote.of(json.currentName()), path));
    }
  }

  private static ServingException invalid(String path, String message) {
    return ServingException.refusal(Reason.PARAMETER_INVALID, path, message);
  }
}
