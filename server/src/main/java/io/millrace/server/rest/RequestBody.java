package io.millrace.server.rest;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A body as it came.
 *
 * @param type the Content-Type header
 * @param encoding the Content-Encoding header; empty if there was none
 * @param mayTakeLong whether the thread that reads it may
 */
record RequestBody(ByteString data, HeaderValue type, String encoding, boolean mayTakeLong) {
  private static final int CHUNK = 64 << 10;

  /** A bit of deflate stands for 258 bytes at most, two bits at least are one of those. */
  private static final int MAX_INFLATION = 1_032;

  private static final Metadata.Key<String> ENCODING = CallHeaders.key("content-encoding");

  /** How each gzip stream begins, and no JSON. */
  private static final ByteString GZIP = ByteString.fromHex("1f8b");

  /** That a thread reads which may take long. */
  RequestBody(ByteString data, HeaderValue type, String encoding) {
    this(data, type, encoding, true);
  }

  /** Call it on the thread that gRPC hands the call to; its context knows the headers. */
  static RequestBody ofCurrentCall(HttpBody body) {
    return new RequestBody(
        body.getData(),
        HeaderValue.parse(body.getContentType()),
        CallHeaders.ofCurrentCall(ENCODING));
  }

  /**
   * What the bytes stand for.
   *
   * @throws ServingException with UNSUPPORTED_OPERATION if nobody reads that
   */
  ContentKind kind() {
    return ContentKind.of(Content.BODY, type);
  }

  /**
   * Whether reading it takes so little that any thread may do it.
   *
   * @param textBytes how much of it is text; the rest takes no time to read
   */
  boolean isQuick(int textBytes, int maxBytes) {
    return textBytes <= maxBytes && isPlain() && !isSlow();
  }

  /** The same for a thread that must not take long. */
  RequestBody inPassing() {
    return new RequestBody(data, type, encoding, false);
  }

  /**
   * To be called before what takes long.
   *
   * @throws TakesLong on a thread that must not
   */
  void requireTime() {
    if (!mayTakeLong) {
      throw new TakesLong();
    }
  }

  private boolean isSlow() {
    return ContentKind.named(type.word()).filter(ContentKind::isSlow).isPresent();
  }

  /**
   * How many bytes the reading of it may hold.
   *
   * @param maxBytes to which it is inflated at most
   */
  long heldBytes(int maxBytes) {
    return isPlain() ? data.size() : Math.min(maxBytes, (long) data.size() * MAX_INFLATION);
  }

  private boolean isPlain() {
    return encoding.isBlank() || encoding.strip().equalsIgnoreCase("identity");
  }

  /** Refuses bodies that are not JSON; none and what {@code curl -d} says pass for it. */
  void requireJson() {
    if (!ContentKind.named(type.word()).equals(Optional.of(ContentKind.JSON))) {
      throw Refusals.unsupported(
          "content-type %s is not supported; send application/json"
              .formatted(Quote.of(type.word())));
    }
  }

  /** Refuses a body that is too large as it came. */
  void requireWithin(int maxBytes) {
    if (data.size() > maxBytes) {
      throw tooLarge(maxBytes, "");
    }
  }

  /** The bytes of the JSON text, as {@link #bytes} gives them, which are not empty. */
  ByteString plain(int maxBytes) {
    ByteString plain = bytes(maxBytes);
    if (plain.isEmpty()) {
      throw Refusals.emptyBody("a JSON object that holds the inputs");
    }
    if (isPlain() && plain.startsWith(GZIP)) {
      throw Refusals.malformed(
          "body", "the body looks like gzip; send it with the header Content-Encoding: gzip");
    }
    return plain;
  }

  /**
   * The bytes, inflated; there may be none.
   *
   * @throws ServingException MESSAGE_TOO_LARGE above the limit, also if they only inflate to it
   */
  ByteString bytes(int maxBytes) {
    ByteString plain = isPlain() ? data : inflated(maxBytes);
    if (plain.size() > maxBytes) {
      throw tooLarge(maxBytes, "");
    }
    return plain;
  }

  private ByteString inflated(int maxBytes) {
    String name = encoding.strip().toLowerCase(Locale.ROOT);
    ContentCoding coding =
        ContentCoding.named(name)
            .orElseThrow(
                () ->
                    Refusals.unsupported(
                        "content-encoding %s is not supported; send gzip, deflate or none"
                            .formatted(Quote.of(name))));
    try (InputStream in = coding.open(data)) {
      return readAll(in, maxBytes);
    } catch (IOException e) {
      throw Refusals.malformed(
          "body", "the body is no complete %s stream".formatted(coding.label()));
    }
  }

  private static ByteString readAll(InputStream in, int maxBytes) throws IOException {
    ByteString.Output plain = ByteString.newOutput(CHUNK);
    byte[] chunk = new byte[CHUNK];
    for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
      if (plain.size() + read > maxBytes) {
        throw tooLarge(maxBytes, ", after inflating");
      }
      plain.write(chunk, 0, read);
    }
    return plain.toByteString();
  }

  private static ServingException tooLarge(int maxBytes, String when) {
    return ServingException.refusal(
            Reason.MESSAGE_TOO_LARGE,
            "the body is larger than the limit of %d bytes%s".formatted(maxBytes, when))
        .about(Map.of("limitBytes", Integer.toString(maxBytes)));
  }
}
