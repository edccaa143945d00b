package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.openinference.ModelRepositoryParameter;
import io.millrace.server.model.Quote;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The body of a question about the repository, or of an order; it may be empty. Keys that neither
 * has are passed over.
 *
 * @param repositoryName of which one; empty if it does not say
 * @param readyOnly whether only what serves is asked for
 * @param parameters of the order, by their names
 */
record RepositoryBody(
    String repositoryName, boolean readyOnly, Map<String, ModelRepositoryParameter> parameters) {
  /** Larger ones hold what cannot be meant here, such as a model. */
  private static final int MAX_BYTES = RestMethods.QUICK_BYTES;

  private static final String REPOSITORY_NAME = "repository_name";
  private static final String READY = "ready";
  private static final String PARAMETERS = "parameters";

  static RepositoryBody read(RequestBody body) {
    // Before inflating, which may take long and give nothing.
    body.requireWithin(MAX_BYTES);
    return body.data().isEmpty()
        ? new RepositoryBody("", false, Map.of())
        : new JsonText(body.plain(MAX_BYTES)).readWhole(RepositoryBody::read);
  }

  private static RepositoryBody read(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw Refusals.malformed("the body must be a JSON object, or empty");
    }
    String repositoryName = "";
    boolean readyOnly = false;
    Map<String, ModelRepositoryParameter> parameters = Map.of();
    Set<String> seen = new HashSet<>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      json.nextToken();
      if (!seen.add(key)) {
        throw Refusals.twice(Quote.of(key));
      }
      switch (key) {
        case REPOSITORY_NAME -> repositoryName = repositoryName(json);
        case READY -> readyOnly = readyOnly(json);
        case PARAMETERS -> parameters = parameters(json);
        default -> json.skipChildren();
      }
    }
    return new RepositoryBody(repositoryName, readyOnly, parameters);
  }

  private static String repositoryName(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw Refusals.malformed(REPOSITORY_NAME, "repository_name must be a text");
    }
    return json.getText();
  }

  private static boolean readyOnly(JsonParser json) throws IOException {
    if (!json.currentToken().isBoolean()) {
      throw Refusals.malformed(READY, "ready must be true or false");
    }
    return json.getBooleanValue();
  }

  private static Map<String, ModelRepositoryParameter> parameters(JsonParser json)
      throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw Refusals.malformed(PARAMETERS, "parameters must be an object");
    }
    Map<String, ModelRepositoryParameter> parameters = new LinkedHashMap<>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      if (parameters.put(name, parameter(json, name)) != null) {
        throw Refusals.twice("parameters." + Quote.of(name));
      }
    }
    return parameters;
  }

  private static ModelRepositoryParameter parameter(JsonParser json, String name)
      throws IOException {
    ModelRepositoryParameter.Builder parameter = ModelRepositoryParameter.newBuilder();
    return switch (json.currentToken()) {
      case VALUE_TRUE, VALUE_FALSE -> parameter.setBoolParam(json.getBooleanValue()).build();
      case VALUE_NUMBER_INT -> parameter.setInt64Param(json.getLongValue()).build();
      case VALUE_STRING -> parameter.setStringParam(json.getText()).build();
      default ->
          throw Refusals.malformed(
              PARAMETERS,
              "parameter %s must be a text, a whole number or a boolean".formatted(Quote.of(name)));
    };
  }
}
