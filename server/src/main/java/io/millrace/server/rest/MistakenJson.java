package io.millrace.server.rest;

import com.google.protobuf.ByteString;
import io.millrace.server.image.ImageDecoder;
import io.millrace.server.model.Quote;
import io.millrace.server.model.ServingException;
import java.util.Optional;

/**
 * Tells callers of predict whose body was taken for JSON, and is none, which type to name: {@code
 * curl --data-binary @one.png} says of a picture what it says of a form. Pure.
 */
final class MistakenJson {
  private static final ByteString NPY = ByteString.fromHex("934e554d5059");

  private MistakenJson() {}

  /** Refuses what begins as a file does, and as no JSON can. */
  static void refuseFile(HeaderValue type, ByteString body) {
    if (mayBeJson(body)) {
      return;
    }
    Optional<String> own =
        body.startsWith(NPY)
            ? Optional.of(ContentKind.NPY_TYPE)
            : ImageDecoder.typeOf(body.asReadOnlyByteBuffer());
    if (own.isPresent()) {
      throw Refusals.malformed(
          Content.BODY,
          "the body begins as %s does, but %s; send it with the header Content-Type: %s, by curl with -H 'Content-Type: %s'"
              .formatted(own.get(), said(type), own.get(), own.get()));
    }
  }

  private static String said(HeaderValue type) {
    if (type.word().isEmpty()) {
      return "came without a content-type";
    }
    return ContentKind.isOfCurl(type.word())
        ? "came with the content-type that curl says of any body"
        : "its content-type is " + Quote.of(type.word());
  }

  /**
   * The same failure to read a body as JSON, with advice if curl may just not have been told what
   * the body is.
   */
  static ServingException advised(ServingException failure, HeaderValue type, ByteString body) {
    boolean isMistaken = ContentKind.isOfCurl(type.word()) && !mayBeJson(body);
    return isMistaken
        ? failure.withAdvice(
            "if it is no JSON, say what it is, by curl with -H 'Content-Type: application/octet-stream', image/png or the like")
        : failure;
  }

  /**
   * @param body not empty
   */
  private static boolean mayBeJson(ByteString body) {
    return "{[ \t\r\n".indexOf(body.byteAt(0)) >= 0;
  }
}
