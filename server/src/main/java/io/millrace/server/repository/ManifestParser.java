package io.millrace.server.repository;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.millrace.server.config.Problem;
import io.millrace.server.model.Quote;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a {@code manifest.json}; whatever is not as it must be is told with its line. */
final class ManifestParser {
  /** Ten thousand files with long names fit. */
  static final int MAX_BYTES = 4 << 20;

  private static final String REMEDY =
      "delete the file and write it anew by 'millrace package', or copy it again";
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          // Names of files must not stay in memory for ever.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  private final JsonParser json;
  private final List<Manifest.Entry> files = new ArrayList<>();
  private final Set<String> paths = new HashSet<>();
  private int format;

  private ManifestParser(JsonParser json) {
    this.json = json;
  }

  /** What is wrong with the text, in words. */
  private static final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;

    Refusal(String fault) {
      super(fault);
    }
  }

  /**
   * The manifest that the content is.
   *
   * @param place the version as people know it, {@code iris/3}
   */
  static ManifestFile parse(String place, byte[] content) {
    String file = place + "/" + Manifest.FILE_NAME;
    if (content.length > MAX_BYTES) {
      String fault = "is larger than %d bytes".formatted(MAX_BYTES);
      return new ManifestFile.Bad(new Problem(file, fault, REMEDY));
    }
    try (JsonParser json = JSON.createParser(content)) {
      return new ManifestFile.Good(new ManifestParser(json).read());
    } catch (JsonProcessingException e) {
      return bad(file, e.getLocation().getLineNr(), "is not whole JSON: " + why(e));
    } catch (Refusal e) {
      return bad(file, 0, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException("bytes in memory cannot fail to be read", e);
    }
  }

  private static String why(JsonProcessingException e) {
    return Quote.plain(String.valueOf(e.getOriginalMessage()));
  }

  private static ManifestFile bad(String file, int line, String fault) {
    String place = line > 0 ? file + ":" + line : file;
    return new ManifestFile.Bad(new Problem(place, fault, REMEDY));
  }

  private Manifest read() throws IOException {
    expect(json.nextToken(), JsonToken.START_OBJECT, "the file", "an object with format and files");
    while (json.nextToken() != JsonToken.END_OBJECT) {
      switch (json.currentName()) {
        case "format" -> format = format();
        case "files" -> readFiles();
        default -> throw unknown(json.currentName(), "format, files");
      }
    }
    if (json.nextToken() != null) {
      throw new Refusal("goes on after its end; allowed: one object");
    }
    if (format == 0) {
      throw new Refusal("has no format; allowed: \"format\": " + Manifest.FORMAT);
    }
    if (files.isEmpty()) {
      throw new Refusal("names no files; allowed: 1 to %d".formatted(VersionWalk.MAX_FILES));
    }
    return new Manifest(files);
  }

  private int format() throws IOException {
    long value = number("format");
    if (value != Manifest.FORMAT) {
      throw new Refusal("has format %d; this server knows %d".formatted(value, Manifest.FORMAT));
    }
    return Manifest.FORMAT;
  }

  private void readFiles() throws IOException {
    expect(json.nextToken(), JsonToken.START_ARRAY, "files", "a list");
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (files.size() == VersionWalk.MAX_FILES) {
        throw new Refusal("names more than %d files".formatted(VersionWalk.MAX_FILES));
      }
      expect(json.currentToken(), JsonToken.START_OBJECT, fileName(), "an object");
      files.add(entry());
    }
  }

  private String fileName() {
    return "files[" + files.size() + "]";
  }

  private Manifest.Entry entry() throws IOException {
    String name = fileName();
    @Nullable String path = null;
    @Nullable String sha256 = null;
    long size = -1;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      switch (json.currentName()) {
        case "path" -> path = path(name + ".path");
        case "size" -> size = number(name + ".size");
        case "sha256" -> sha256 = sha256(name + ".sha256");
        default -> throw unknown(name + "." + json.currentName(), "path, size, sha256");
      }
    }
    if (path == null || sha256 == null || size < 0) {
      throw new Refusal(name + " is not complete; it needs path, size and sha256");
    }
    return new Manifest.Entry(path, size, sha256);
  }

  private String path(String key) throws IOException {
    String path = text(key);
    Optional<String> fault = ManifestPath.fault(path);
    if (fault.isPresent()) {
      throw new Refusal(
          "%s is %s, which %s; allowed: %s"
              .formatted(key, Quote.of(path), fault.get(), ManifestPath.RULE));
    }
    if (!paths.add(path)) {
      throw new Refusal("%s is %s, which is named twice".formatted(key, Quote.of(path)));
    }
    return path;
  }

  private String sha256(String key) throws IOException {
    String text = text(key);
    if (!SHA256.matcher(text).matches()) {
      throw new Refusal(
          "%s is %s; allowed: 64 digits of 0-9 and a-f".formatted(key, Quote.of(text)));
    }
    return text;
  }

  private String text(String key) throws IOException {
    expect(json.nextToken(), JsonToken.VALUE_STRING, key, "a text");
    return json.getText();
  }

  private long number(String key) throws IOException {
    expect(json.nextToken(), JsonToken.VALUE_NUMBER_INT, key, "a whole number");
    boolean fits = json.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
    if (!fits || json.getLongValue() < 0) {
      throw new Refusal(
          "%s is %s; allowed: 0 or more bytes".formatted(key, Quote.of(json.getText())));
    }
    return json.getLongValue();
  }

  private static void expect(
      @Nullable JsonToken found, JsonToken wanted, String key, String allowed) throws Refusal {
    if (found != wanted) {
      throw new Refusal("%s is not %s".formatted(key, allowed));
    }
  }

  private static Refusal unknown(String key, String known) {
    return new Refusal("%s is not a known key; known: %s".formatted(Quote.of(key), known));
  }
}
