package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.server.model.CallParameters;
import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a call's parameters say, and passes over others, except those that ask for another
 * form of tensors: an answer in JSON would be misread.
 */
final class InferParameters {
  /** Of the extension for binary tensors. */
  private static final Set<String> UNSUPPORTED =
      Set.of("binary_data_size", "binary_data", "binary_data_output");

  private InferParameters() {}

  /** Reads the parameters of the call, which begin with the current token. */
  static CallParameters ofCall(JsonParser json) throws IOException {
    String path = "parameters";
    requireObject(json, path);
    CallParameters read = CallParameters.NONE;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      JsonToken value = json.nextToken();
      check(path, name, value);
      if (CallParameters.isKnown(name)) {
        read = read.with(name, whole(json, value), json.getText());
      }
    }
    return read;
  }

  private static OptionalLong whole(JsonParser json, JsonToken value) throws IOException {
    if (value != JsonToken.VALUE_NUMBER_INT) {
      return OptionalLong.empty();
    }
    WholeNumber number = WholeNumber.of(json);
    boolean isNegative = json.getText().startsWith("-");
    return OptionalLong.of(number.fitsSigned() ? number.bits() : isNegative ? -1 : Long.MAX_VALUE);
  }

  /** How many classes of an output are asked for, read and as it was written. */
  record Count(OptionalLong number, String written) {}

  /**
   * Reads the parameters of an output, which begin with the current token; null if they ask for no
   * classes.
   */
  static @Nullable Count ofOutput(JsonParser json, String path) throws IOException {
    requireObject(json, path);
    Count count = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      JsonToken value = json.nextToken();
      check(path, name, value);
      if (name.equals(ClassCounts.PARAMETER)) {
        count = new Count(whole(json, value), json.getText());
      }
    }
    return count;
  }

  /** Passes over the parameters of a tensor, which begin with the current token. */
  static void read(JsonParser json, String path) throws IOException {
    requireObject(json, path);
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      check(path, name, json.nextToken());
    }
  }

  private static void requireObject(JsonParser json, String path) {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw invalid(path, path + " must be an object");
    }
  }

  private static void check(String path, String name, JsonToken value) {
    if (UNSUPPORTED.contains(name) && value != JsonToken.VALUE_FALSE) {
      throw ServingException.refusal(
          Reason.UNSUPPORTED_OPERATION,
          path,
          "%s of %s is not supported yet; send and ask for tensors as JSON".formatted(name, path));
    }
    if (!value.isScalarValue()) {
      throw invalid(
          path, "%s of %s must be a text, a number or a boolean".formatted(Quote.of(name), path));
    }
  }

  private static ServingException invalid(String path, String message) {
    return ServingException.refusal(Reason.PARAMETER_INVALID, path, message);
  }
}
