package io.millrace.server.rest;

import io.millrace.server.model.Quote;
import io.millrace.server.model.ServingException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What the bytes of a body, or of a part of one, stand for, by their Content-Type. */
enum ContentKind {
  /** Values as JSON. */
  JSON("JSON"),
  /** A file that is decoded where the model's configuration says how. */
  IMAGE("a picture"),
  /** One element of bytes, which are text. */
  TEXT("a text"),
  /** One element of bytes that the model decodes itself. */
  FILE("a file"),
  /** The values of a tensor. */
  RAW("the values of a tensor"),
  /** The same behind NumPy's header. */
  NPY("a file of NumPy"),
  /** Parts that are one of the others each. */
  MULTIPART("a form");

  static final String NPY_TYPE = "application/x-npy";

  private static final String TAKEN =
      "application/json, multipart/form-data, image/*, audio/*, video/*, text/plain,"
          + " application/octet-stream, "
          + NPY_TYPE;

  private static final Set<String> CHARSETS = Set.of("", "utf-8", "utf8", "us-ascii");

  private final String told;

  ContentKind(String told) {
    this.told = told;
  }

  /** For messages. */
  String told() {
    return told;
  }

  /** Whether there can be none of it: a text may be empty, and so may a tensor. */
  boolean mayBeEmpty() {
    return this == TEXT || this == RAW;
  }

  /** Whether reading takes long even where there is little to read. */
  boolean isSlow() {
    return this == IMAGE || this == MULTIPART;
  }

  /**
   * @param place what the bytes are to whoever sent them, for messages
   * @throws ServingException with UNSUPPORTED_OPERATION if it is none of them
   */
  static ContentKind of(String place, HeaderValue type) {
    ContentKind kind =
        named(type.word())
            .orElseThrow(
                () ->
                    unsupported(
                        place,
                        "%s: content-type %s is not supported; send one of %s"
                            .formatted(place, Quote.of(type.word()), TAKEN)));
    if (kind == TEXT) {
      requireUtf8(place, type.parameter("charset").toLowerCase(Locale.ROOT));
    }
    return kind;
  }

  /** What a Content-Type names, without its parameters. */
  static Optional<ContentKind> named(String type) {
    if (isJson(type)) {
      return Optional.of(JSON);
    }
    return switch (type.substring(0, type.indexOf('/') + 1)) {
      case "image/" -> Optional.of(IMAGE);
      case "audio/", "video/" -> Optional.of(FILE);
      default ->
          switch (type) {
            case "text/plain" -> Optional.of(TEXT);
            case "application/octet-stream" -> Optional.of(RAW);
            case NPY_TYPE -> Optional.of(NPY);
            case "multipart/form-data" -> Optional.of(MULTIPART);
            default -> Optional.empty();
          };
    };
  }

  /** None, and what {@code curl -d} says of itself, pass for JSON. */
  private static boolean isJson(String type) {
    return type.isEmpty() || isOfCurl(type) || type.endsWith("json");
  }

  /** Whether it is what curl says where nobody has told it the type. */
  static boolean isOfCurl(String type) {
    return type.equals("application/x-www-form-urlencoded");
  }

  private static void requireUtf8(String place, String charset) {
    if (!CHARSETS.contains(charset)) {
      throw unsupported(
          place,
          "%s: charset %s is not supported; send the text as utf-8"
              .formatted(place, Quote.of(charset)));
    }
  }

  /** Of a whole body Envoy says it by the headers alone, without a field. */
  private static ServingException unsupported(String place, String message) {
    return place.equals(Content.BODY)
        ? Refusals.unsupported(message)
        : Refusals.unsupported(place, message);
  }
}
