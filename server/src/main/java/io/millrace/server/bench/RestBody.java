package io.millrace.server.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A body of REST that somebody wrote, such as {@code samples/predict.json}. It is sent as it is;
 * only its rows are counted.
 */
final class RestBody {
  private static final JsonFactory JSON = new JsonFactory();

  private RestBody() {}

  /**
   * The body in a file's text.
   *
   * @throws BenchException if it is no JSON object
   */
  static Inputs.Body read(Path file, String text, Protocol protocol) throws IOException {
    try (JsonParser json = JSON.createParser(text)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new BenchException("--input: %s holds no JSON object".formatted(file));
      }
      return new Inputs.Body(text, protocol == Protocol.REST ? rows(json) : firstSize(json));
    } catch (JsonProcessingException e) {
      throw new BenchException(
          "--input: %s is no JSON: %s".formatted(file, e.getOriginalMessage()));
    }
  }

  /** Of {@code instances}, or of the first of the columns in {@code inputs}. */
  private static long rows(JsonParser json) throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      JsonToken value = json.nextToken();
      if (key.equals("inputs") && value == JsonToken.START_OBJECT) {
        json.nextToken();
        json.nextToken();
        return elements(json);
      }
      if (key.equals("inputs") || key.equals("instances")) {
        return elements(json);
      }
      json.skipChildren();
    }
    return 1;
  }

  private static long elements(JsonParser json) throws IOException {
    if (!json.isExpectedStartArrayToken()) {
      return 1;
    }
    long elements = 0;
    for (JsonToken token = json.nextToken();
        token != null && token != JsonToken.END_ARRAY;
        token = json.nextToken()) {
      elements++;
      json.skipChildren();
    }
    return elements;
  }

  /** Of the Open Inference Protocol's first tensor. */
  private static long firstSize(JsonParser json) throws IOException {
    for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
      if (token == JsonToken.FIELD_NAME && json.currentName().equals("shape")) {
        json.nextToken();
        return json.nextToken() == JsonToken.VALUE_NUMBER_INT ? json.getLongValue() : 1;
      }
    }
    return 1;
  }
}
