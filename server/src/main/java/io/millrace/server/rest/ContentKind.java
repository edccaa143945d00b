package io.millrace.server.rest;

import io.millrace.server.model.Quote;
import io.millrace.server.model.ServingException;
import java.util.Locale;
import java.util.Set;

/** What the bytes of a body, or of a part of one, stand for, by their Content-Type. */
enum ContentKind {
  /** Values as JSON. */
  JSON,
  /** A file that is decoded where the model's configuration says how. */
  IMAGE,
  /** One element of bytes, which are text. */
  TEXT,
  /** One element of bytes that the model decodes itself. */
  FILE,
  /** The values of a tensor. */
  RAW,
  /** The same behind NumPy's header. */
  NPY,
  /** Parts that are one of the others each. */
  MULTIPART;

  static final String NPY_TYPE = "application/x-npy";

  private static final String TAKEN =
      "application/json, multipart/form-data, image/*, audio/*, video/*, text/plain,"
          + " application/octet-stream, "
          + NPY_TYPE;

  private static final Set<String> CHARSETS = Set.of("", "utf-8", "utf8", "us-ascii");

  /**
   * @param place what the bytes are to whoever sent them, for messages
   * @throws ServingException with UNSUPPORTED_OPERATION if it is none of them
   */
  static ContentKind of(String place, HeaderValue type) {
    String name = type.word();
    if (isJson(name)) {
      return JSON;
    }
    int slash = name.indexOf('/');
    return switch (slash < 0 ? name : name.substring(0, slash)) {
      case "image" -> IMAGE;
      case "audio", "video" -> FILE;
      default ->
          switch (name) {
            case "text/plain" -> text(place, type);
            case "application/octet-stream" -> RAW;
            case NPY_TYPE -> NPY;
            case "multipart/form-data" -> MULTIPART;
            default ->
                throw Refusals.unsupported(
                    "%s: content-type %s is not supported; send one of %s"
                        .formatted(place, Quote.of(name), TAKEN));
          };
    };
  }

  /** None, and what {@code curl -d} says of itself, pass for JSON. */
  private static boolean isJson(String name) {
    return name.isEmpty()
        || name.equals("application/x-www-form-urlencoded")
        || name.endsWith("json");
  }

  private static ContentKind text(String place, HeaderValue type) {
    String charset = type.parameter("charset").toLowerCase(Locale.ROOT);
    if (!CHARSETS.contains(charset)) {
      throw Refusals.unsupported(
          "%s: charset %s is not supported; send the text as utf-8"
              .formatted(place, Quote.of(charset)));
    }
    return TEXT;
  }

  /** Whether reading takes long even where there is little to read. */
  static boolean isSlow(String contentType) {
    String name = contentType.strip().toLowerCase(Locale.ROOT);
    return name.startsWith("image") || name.startsWith("multipart");
  }
}
