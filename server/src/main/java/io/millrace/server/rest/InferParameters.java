package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.io.IOException;
import java.util.Set;

/**
 * Passes over parameters, except those that ask for another form of tensors: an answer in JSON
 * would be misread.
 */
final class InferParameters {
  /** Of the extensions for binary tensors and for classification. */
  private static final Set<String> UNSUPPORTED =
      Set.of("binary_data_size", "binary_data", "binary_data_output", "classification");

  private InferParameters() {}

  /** Reads the object that begins with the current token. */
  static void read(JsonParser json, String path) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw invalid(path, path + " must be an object");
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      JsonToken value = json.nextToken();
      if (UNSUPPORTED.contains(name) && value != JsonToken.VALUE_FALSE) {
        throw ServingException.refusal(
            Reason.UNSUPPORTED_OPERATION,
            path,
            "%s of %s is not supported yet; send and ask for tensors as JSON"
                .formatted(name, path));
      }
      if (!value.isScalarValue()) {
        throw invalid(
            path, "%s of %s must be a text, a number or a boolean".formatted(Quote.of(name), path));
      }
    }
  }

  private static ServingException invalid(String path, String message) {
    return ServingException.refusal(Reason.PARAMETER_INVALID, path, message);
  }
}
