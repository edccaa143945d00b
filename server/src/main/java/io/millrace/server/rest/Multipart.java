package io.millrace.server.rest;

import com.google.protobuf.ByteString;
import io.millrace.server.model.Quote;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Takes {@code multipart/form-data} apart (RFC 7578, RFC 2046 section 5.1) without copying what the
 * parts hold. Strict: what is in doubt is refused. Confined to the thread that reads.
 */
final class Multipart {
  static final int MAX_PARTS = 100;

  /** Of one part. */
  static final int MAX_HEADER_BYTES = 4 << 10;

  private static final int MAX_BOUNDARY = 70;
  private static final String LINE_END = "\r\n";

  /** The encodings of mail that leave bytes as they are. */
  private static final Set<String> PLAIN = Set.of("", "binary", "8bit", "7bit");

  private final ByteString body;
  private final ByteBuffer bytes;
  private final byte[] delimiter;
  private int at;

  private Multipart(ByteString body, String boundary) {
    this.body = body;
    this.bytes = body.asReadOnlyByteBuffer().slice();
    this.delimiter = (LINE_END + "--" + boundary).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * One part.
   *
   * @param fileName empty if it has none
   * @param contentType empty if it says none
   */
  record Part(String name, Optional<String> fileName, String contentType, ByteString data) {
    /** For messages, by its name. */
    static String place(String name) {
      return "part " + Quote.of(name);
    }
  }

  /**
   * @param boundary as the Content-Type of the body says it
   */
  static List<Part> parse(ByteString body, String boundary) {
    if (boundary.isEmpty() || boundary.length() > MAX_BOUNDARY) {
      throw Refusals.malformed(
          "body",
          "the content-type multipart/form-data needs a boundary of 1 to %d characters, got %s"
              .formatted(MAX_BOUNDARY, Quote.of(boundary)));
    }
    return new Multipart(body, boundary).parts();
  }

  private List<Part> parts() {
    // The first delimiter has no line before it that could end.
    at = delimiter.length - LINE_END.length();
    if (!isAt(0, LINE_END.length())) {
      throw refused("it does not begin with its boundary");
    }
    List<Part> parts = new ArrayList<>();
    while (!skip("--")) {
      while (skip(" ") || skip("\t")) {
        // Some mailers pad.
      }
      if (!skip(LINE_END)) {
        throw refused("a boundary stands in the middle of a line");
      }
      if (parts.size() == MAX_PARTS) {
        throw refused("it has more than %d parts".formatted(MAX_PARTS));
      }
      parts.add(part());
    }
    return parts;
  }

  private Part part() {
    PartHeaders headers = headers();
    int end = find(at);
    if (end < 0) {
      throw refused("it ends before its last boundary");
    }
    ByteString data = body.substring(at, end);
    at = end + delimiter.length;
    return headers.partWith(data);
  }

  private PartHeaders headers() {
    int limit = Math.min(bytes.limit(), at + MAX_HEADER_BYTES);
    PartHeaders headers = new PartHeaders();
    while (!skip(LINE_END)) {
      int end = at;
      while (end + 1 < limit && !(bytes.get(end) == '\r' && bytes.get(end + 1) == '\n')) {
        end++;
      }
      if (end + 1 >= limit) {
        throw refused(
            "the headers of a part have no end, or more than %d bytes".formatted(MAX_HEADER_BYTES));
      }
      headers.add(body.substring(at, end));
      at = end + LINE_END.length();
    }
    return headers;
  }

  private boolean skip(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (at + i >= bytes.limit() || bytes.get(at + i) != text.charAt(i)) {
        return false;
      }
    }
    at += text.length();
    return true;
  }

  /** Where the next delimiter is; below 0 if there is none. */
  private int find(int from) {
    for (int i = from; i <= bytes.limit() - delimiter.length; i++) {
      if (bytes.get(i) == delimiter[0] && isAt(i, 0)) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Whether the delimiter is there.
   *
   * @param skipped how many of its bytes do not count
   */
  private boolean isAt(int position, int skipped) {
    if (position + delimiter.length - skipped > bytes.limit()) {
      return false;
    }
    for (int i = skipped; i < delimiter.length; i++) {
      if (bytes.get(position + i - skipped) != delimiter[i]) {
        return false;
      }
    }
    return true;
  }

  private static RuntimeException refused(String why) {
    return Refusals.malformed("body", "the body is no multipart/form-data: " + why);
  }

  /** The headers of one part. Confined to the thread that reads. */
  private static final class PartHeaders {
    private Optional<HeaderValue> disposition = Optional.empty();
    private String contentType = "";
    private String encoding = "";

    void add(ByteString line) {
      String text =
          Utf8.decode(line.toByteArray())
              .orElseThrow(() -> refused("a header of a part is no UTF-8 text"));
      int colon = text.indexOf(':');
      if (colon < 1 || text.startsWith(" ") || text.startsWith("\t")) {
        throw refused("a header of a part is " + Quote.of(text));
      }
      String value = text.substring(colon + 1).strip();
      switch (text.substring(0, colon).toLowerCase(Locale.ROOT)) {
        case "content-disposition" -> disposition = Optional.of(HeaderValue.parse(value));
        case "content-type" -> contentType = value;
        case "content-transfer-encoding" -> encoding = value;
        default -> {}
      }
    }

    private void requirePlain(String name) {
      if (!PLAIN.contains(encoding.toLowerCase(Locale.ROOT))) {
        String place = Part.place(name);
        throw Refusals.unsupported(
            place,
            "%s: content-transfer-encoding %s is not supported; send binary parts as they are"
                .formatted(place, Quote.of(encoding)));
      }
    }

    Part partWith(ByteString data) {
      HeaderValue form =
          disposition
              .filter(value -> value.word().equals("form-data"))
              .filter(value -> value.parameters().containsKey("name"))
              .orElseThrow(
                  () ->
                      refused(
                          "a part has no header 'Content-Disposition: form-data; name=\"INPUT\"'"));
      requirePlain(form.parameter("name"));
      return new Part(
          form.parameter("name"),
          Optional.ofNullable(form.parameters().get("filename")),
          contentType,
          data);
    }
  }
}
