package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.google.protobuf.ByteString;
import io.millrace.server.model.ServingException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * JSON text that is read token by token, at most {@value #MAX_DEPTH} levels deep, with NaN,
 * Infinity and -Infinity as numbers. Whatever is wrong with it ends in a ServingException.
 *
 * @param place what the text is to whoever sent it, for messages
 */
record JsonText(ByteString bytes, String place) {
  static final int MAX_DEPTH = 1_000;

  private static final int MAX_CAUSE_LENGTH = 200;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          // Names come from callers; the process must not keep them for ever.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  // The body is bounded, and so is all that is in it.
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .build())
          .build();

  /** All of a body. */
  JsonText(ByteString bytes) {
    this(bytes, Content.BODY);
  }

  /** Reads with a parser; what is wrong with the text surfaces as an IOException. */
  interface Reading<T> {
    T read(JsonParser json) throws IOException;
  }

  /**
   * @throws ServingException REQUEST_MALFORMED with the place of the fault, or what the reading
   *     throws
   */
  <T> T read(Reading<T> reading) {
    try (JsonParser json = FACTORY.createParser(bytes.newInput())) {
      return reading.read(json);
    } catch (StreamConstraintsException e) {
      throw malformed(
          "is nested deeper than %d levels, or has a name that is too long".formatted(MAX_DEPTH));
    } catch (JsonEOFException e) {
      throw malformed("ends before its JSON does");
    } catch (JsonProcessingException e) {
      throw malformed("is no JSON%s: %s".formatted(at(e.getLocation()), cause(e)));
    } catch (IOException e) {
      // Nothing is read from outside: what is left are bytes that are no text.
      throw malformed("is no JSON: its bytes are no UTF-8 text");
    }
  }

  /** Reads the one document that the text must be; see {@link #read}. */
  <T> T readWhole(Reading<T> reading) {
    return read(
        json -> {
          T whole = reading.read(json);
          if (json.nextToken() != null) {
            throw malformed(
                "goes on behind its JSON%s; send one document"
                    .formatted(at(json.currentTokenLocation())));
          }
          return whole;
        });
  }

  /** Of a whole body no field is named. */
  private ServingException malformed(String fault) {
    return place.equals(Content.BODY)
        ? Refusals.malformed("the body " + fault)
        : Refusals.malformed(place, place + " " + fault);
  }

  private static String at(@Nullable JsonLocation at) {
    return at == null ? "" : " at line %d, column %d".formatted(at.getLineNr(), at.getColumnNr());
  }

  /** The library's words, without what it says about its own objects. */
  private static String cause(JsonProcessingException e) {
    String words = String.valueOf(e.getOriginalMessage());
    int source = words.indexOf("[Source");
    String own = source < 0 ? words : words.substring(0, source);
    String cut = own.length() > MAX_CAUSE_LENGTH ? own.substring(0, MAX_CAUSE_LENGTH) : own;
    return cut.replaceAll("[^\\x20-\\x7e]", "?").strip();
  }
}
