package io.millrace.server.conformance;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A value in JSON. Numbers stay the text that they are, so that nothing of them is lost. */
sealed interface Json {
  JsonFactory FACTORY =
      JsonFactory.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  record Text(String text) implements Json {
    @Override
    public String toString() {
      return quoted(text);
    }
  }

  /** A number, true, false or null. */
  record Word(String text) implements Json {
    @Override
    public String toString() {
      return text;
    }
  }

  record Items(List<Json> items) implements Json {
    @Override
    public String toString() {
      return items.toString();
    }
  }

  record Entries(Map<String, Json> entries) implements Json {
    @Override
    public String toString() {
      return entries.toString();
    }
  }

  /** Reads a whole text. */
  static Json of(String text) {
    try (JsonParser json = FACTORY.createParser(text)) {
      json.nextToken();
      Json value = value(json);
      if (json.nextToken() != null) {
        throw new AssertionError("more than one value: " + text);
      }
      return value;
    } catch (IOException e) {
      throw new UncheckedIOException(text, e);
    }
  }

  private static Json value(JsonParser json) throws IOException {
    return switch (json.currentToken()) {
      case START_OBJECT -> {
        Map<String, Json> entries = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String name = json.currentName();
          json.nextToken();
          entries.put(name, value(json));
        }
        yield new Entries(entries);
      }
      case START_ARRAY -> {
        List<Json> items = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
          items.add(value(json));
        }
        yield new Items(items);
      }
      case VALUE_STRING -> new Text(json.getText());
      default -> new Word(json.getText());
    };
  }

  /** The text in quotes. */
  static String quoted(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }

  /** The value of a name. */
  default Json get(String name) {
    if (this instanceof Entries object && object.entries().containsKey(name)) {
      return object.entries().get(name);
    }
    throw new AssertionError("no " + name + " in " + this);
  }

  /** The values of a list. */
  default List<Json> items() {
    throw new AssertionError("no list: " + this);
  }

  /** The text of a text or word. */
  default String text() {
    throw new AssertionError("no text and no number: " + this);
  }

  /** A list of whole numbers, which protobuf writes as texts. */
  default List<Long> sizes() {
    return items().stream().map(Json::text).map(Long::valueOf).toList();
  }
}
