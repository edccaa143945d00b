package io.millrace.server.rest;

import io.millrace.server.model.Quote;
import io.millrace.server.model.ServingException;
import java.util.List;

/**
 * What a query can say of a prediction. Where it means nothing it is refused: whoever wrote it
 * thinks that it is heeded.
 */
enum QueryParameter {
  INPUT("input", "names the input that a picture, a text, a file or values are for"),
  DTYPE("dtype", "says the type of values that come as application/octet-stream"),
  SHAPE("shape", "says the shape of values that come as application/octet-stream"),
  TOP_K("top_k", "asks for the highest classes by name");

  private final String written;
  private final String purpose;

  QueryParameter(String written, String purpose) {
    this.written = written;
    this.purpose = purpose;
  }

  /** Refuses what means nothing for a body of this kind. */
  static void requireMeaning(ContentQuery query, ContentKind kind) {
    for (QueryParameter parameter : values()) {
      if (parameter.isIn(query) && !parameter.isFor(kind)) {
        throw parameter.refusal("the body is " + kind.told());
      }
    }
  }

  /**
   * Refuses what is given more than once, of which Envoy hands over the last alone.
   *
   * @param path as the caller wrote it, with its query; empty if nobody tells
   */
  static void requireOnce(String path) {
    if (path.indexOf('&') < 0) {
      return;
    }
    List<String> query = List.of(path.substring(path.indexOf('?') + 1).split("&", -1));
    for (QueryParameter parameter : values()) {
      List<String> given = parameter.valuesIn(query);
      if (given.size() > 1 && parameter != SHAPE) {
        throw Refusals.malformed(
            parameter.written,
            "?%s is given more than once: %s; give it once".formatted(parameter.written, given));
      }
    }
  }

  /** Envoy knows each by two names, such as {@code topK} for {@code top_k}. */
  private List<String> valuesIn(List<String> query) {
    return query.stream()
        .map(pair -> pair.split("=", 2))
        .filter(pair -> pair[0].equals(written) || pair[0].equals(written.replace("_k", "K")))
        .map(pair -> Quote.plain(pair[pair.length - 1]))
        .toList();
  }

  /** Refuses each, for a call that is no prediction. */
  static void requireNone(ContentQuery query) {
    for (QueryParameter parameter : values()) {
      if (parameter.isIn(query)) {
        throw parameter.refusal("only :predict takes it");
      }
    }
  }

  private boolean isIn(ContentQuery query) {
    return switch (this) {
      case INPUT -> !query.input().isEmpty();
      case DTYPE -> !query.dtype().isEmpty();
      case SHAPE -> !query.sizes().isEmpty();
      case TOP_K -> query.topK() != 0;
    };
  }

  /**
   * JSON and forms name their inputs, and of the rest only bare values do not say what they are.
   */
  private boolean isFor(ContentKind kind) {
    return switch (this) {
      case INPUT -> kind != ContentKind.JSON && kind != ContentKind.MULTIPART;
      case DTYPE, SHAPE -> kind == ContentKind.RAW;
      case TOP_K -> true;
    };
  }

  private ServingException refusal(String why) {
    return Refusals.malformed(written, "?%s %s; %s".formatted(written, purpose, why));
  }
}
