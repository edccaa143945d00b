package io.millrace.server.rest;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a file of NumPy begins, in the versions 1 to 3 of its format (NEP 1): the type, the order and
 * the shape of its values.
 *
 * @param isFortranOrder whether the values stand column by column
 * @param length where the values begin
 */
record NpyHeader(
    DataType dtype, boolean isBigEndian, boolean isFortranOrder, Shape shape, int length) {
  static final byte[] MAGIC = "\u0093NUMPY".getBytes(StandardCharsets.ISO_8859_1);

  private static final ByteString BEGIN = ByteString.copyFrom(MAGIC);

  private static final int VERSION = MAGIC.length;
  private static final int LENGTH = VERSION + 2;

  /** NumPy itself reads no more of a file that it does not trust. */
  private static final int MAX_LENGTH = 10_000;

  private static final Pattern ENTRY =
      Pattern.compile(
          "\\s*['\"](?<key>\\w+)['\"]\\s*:\\s*(?<value>\\([\\d,\\s]*\\)|True|False|['\"][^'\"]*['\"])\\s*(,|(?=\\}))");
  private static final Pattern DESCR = Pattern.compile("(?<order>[<>|=])(?<code>[a-zA-Z]\\d*)");

  /** A size has no more digits than an int. */
  private static final Pattern SIZE = Pattern.compile("\\d{1,10}");

  /** Whether there is one. */
  static boolean begins(ByteString file) {
    return file.startsWith(BEGIN);
  }

  /**
   * @param place what the file is to whoever sent it, for messages
   */
  static NpyHeader read(String place, ByteBuffer file) {
    return new Reading(place, file.slice().order(ByteOrder.LITTLE_ENDIAN)).header();
  }

  /** Reads one header. Immutable. */
  private record Reading(String place, ByteBuffer file) {
    NpyHeader header() {
      if (file.limit() < LENGTH || !file.slice(0, VERSION).equals(ByteBuffer.wrap(MAGIC))) {
        throw refused("it does not begin as numpy.save writes it");
      }
      int version = file.get(VERSION);
      if (version < 1 || version > 3) {
        throw refused("its format has the version %d; known are 1 to 3".formatted(version));
      }
      int begin = LENGTH + (version == 1 ? Short.BYTES : Integer.BYTES);
      if (file.limit() < begin) {
        throw refused("it ends within its header");
      }
      int size = version == 1 ? file.getShort(LENGTH) & 0xFFFF : file.getInt(LENGTH);
      if (size < 0 || size > MAX_LENGTH || size > file.limit() - begin) {
        throw refused("its header is longer than the file, or than %d bytes".formatted(MAX_LENGTH));
      }
      byte[] text = new byte[size];
      file.get(begin, text);
      return header(entries(new String(text, StandardCharsets.UTF_8)), begin + size);
    }

    /** The items of Python's dictionary, which are three. */
    private Map<String, String> entries(String text) {
      String dictionary = text.strip();
      if (!dictionary.startsWith("{") || !dictionary.endsWith("}")) {
        throw noDictionary();
      }
      Map<String, String> entries = new HashMap<>();
      Matcher entry = ENTRY.matcher(dictionary);
      int at = 1;
      while (entry.region(at, dictionary.length()).lookingAt()) {
        entries.put(entry.group("key"), entry.group("value"));
        at = entry.end();
      }
      boolean isWhole = dictionary.substring(at).strip().equals("}");
      if (!isWhole || !entries.keySet().equals(Set.of("descr", "fortran_order", "shape"))) {
        throw noDictionary();
      }
      return entries;
    }

    private RuntimeException noDictionary() {
      return refused(
          "its header is no dictionary of descr, fortran_order and shape of a plain array; arrays"
              + " with named fields are not taken");
    }

    private NpyHeader header(Map<String, String> entries, int length) {
      String descr = unquoted(entries.getOrDefault("descr", ""));
      Matcher type = DESCR.matcher(descr);
      if (!type.matches()) {
        throw unknownType(descr);
      }
      DataType dtype = NpyType.of(type.group("code")).orElseThrow(() -> unknownType(descr)).dtype();
      return new NpyHeader(
          dtype,
          type.group("order").equals(">"),
          entries.getOrDefault("fortran_order", "").equals("True"),
          shape(entries.getOrDefault("shape", "")),
          length);
    }

    private static String unquoted(String value) {
      return value.length() < 2 ? "" : value.substring(1, value.length() - 1);
    }

    private Shape shape(String tuple) {
      if (!tuple.startsWith("(")) {
        throw noDictionary();
      }
      long[] sizes =
          Arrays.stream(unquoted(tuple).split(","))
              .map(String::strip)
              .filter(size -> !size.isEmpty())
              .mapToLong(this::size)
              .toArray();
      if (sizes.length > Shape.MAX_RANK) {
        throw refused(
            "its shape has %d sizes, the limit is %d".formatted(sizes.length, Shape.MAX_RANK));
      }
      Shape shape = Shape.of(sizes);
      if (shape.elements().isEmpty() || shape.elements().getAsLong() > Integer.MAX_VALUE) {
        throw refused("its shape %s has more elements than a tensor can have".formatted(shape));
      }
      return shape;
    }

    private long size(String text) {
      if (!SIZE.matcher(text).matches()) {
        throw refused("its shape has the size %s".formatted(Quote.of(text)));
      }
      return Long.parseLong(text);
    }

    private RuntimeException unknownType(String descr) {
      String why =
          descr.contains("O")
              ? "objects are pickles, which are programs, and are not read"
              : "taken are b1, u1 to u8, i1 to i8, f2, f4 and f8";
      return Refusals.wrongType(
          place,
          "%s: the npy file has values of the type %s; %s".formatted(place, Quote.of(descr), why));
    }

    private RuntimeException refused(String why) {
      return Refusals.malformed(place, "%s: this is no npy file: %s".formatted(place, why));
    }
  }
}
