package io.millrace.server.engine.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtUtil;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Reads strings that the Java binding cuts short: the engine cuts them at NUL characters and puts
 * so many plain characters behind each piece that the binding comes to the piece's end.
 * Thread-safe.
 */
final class PaddedReader implements AutoCloseable {
  /** Ends a piece; text that holds it itself is still read whole, up to the last one. */
  private static final char END = '\u0001';

  private static final String FILLER = "\u0002";

  /** A character of four bytes needs three plain ones behind it; the rest is for stray bytes. */
  private static final int FILLERS_PER_CHARACTER = 3;

  private static final int LEAST_FILLERS = 64;
  private static final int GROWTH = 16;
  private static final long MOST_FILLERS = 1 << 25;

  private final SessionFactory sessions;
  private final OrtSession splitAndPad;

  PaddedReader(SessionFactory sessions) throws OrtException {
    this.sessions = sessions;
    this.splitAndPad = sessions.open(TinyModel.splitAndPad());
  }

  /** The strings of a tensor as the binding reads them, row-major. */
  static String[] texts(OnnxTensor tensor) throws OrtException {
    Object value = tensor.getValue();
    return value instanceof String scalar ? new String[] {scalar} : OrtUtil.flattenString(value);
  }

  /**
   * The strings of a tensor, every byte of them read as {@link BindingText} says. Where that would
   * take more than 32 million characters of padding they may be cut short.
   *
   * @param plain the same strings as the binding reads them
   */
  List<String> read(OnnxTensor tensor, String[] plain) throws OrtException {
    List<String> read = List.of(plain);
    boolean complete = false;
    for (long factor = 1; !complete && fillers(plain, factor) <= MOST_FILLERS; factor *= GROWTH) {
      List<String> pieces = new ArrayList<>();
      complete = read(tensor, padding(plain, (int) factor), pieces);
      read = pieces;
    }
    return read;
  }

  private boolean read(OnnxTensor tensor, String[] padding, List<String> joined)
      throws OrtException {
    long[] strings = tensor.getInfo().getShape();
    long[] column = Arrays.copyOf(strings, strings.length + 1);
    column[strings.length] = 1;
    try (OnnxTensor pad = OnnxTensor.createTensor(sessions.environment(), padding, column);
        OrtSession.Result result = splitAndPad.run(Map.of("x", tensor, "padding", pad))) {
      String[] pieces = texts((OnnxTensor) result.get("pieces").orElseThrow());
      long[] counts = ((OnnxTensor) result.get("count").orElseThrow()).getLongBuffer().array();
      return join(pieces, counts, joined);
    }
  }

  /** Whether every piece was read to its end. */
  private static boolean join(String[] pieces, long[] counts, List<String> joined) {
    boolean complete = true;
    int most = pieces.length / counts.length;
    for (int i = 0; i < counts.length; i++) {
      List<String> own = new ArrayList<>();
      for (String piece : Arrays.asList(pieces).subList(i * most, i * most + (int) counts[i])) {
        complete &= piece.endsWith(FILLER);
        own.add(piece.substring(0, Math.max(0, piece.lastIndexOf(END))));
      }
      joined.add(String.join("\0", own));
    }
    return complete;
  }

  private static long fillers(String[] plain, long factor) {
    return Arrays.stream(plain).mapToLong(text -> fillers(text) * factor).sum();
  }

  private static long fillers(String text) {
    return (long) text.length() * FILLERS_PER_CHARACTER + LEAST_FILLERS;
  }

  private static String[] padding(String[] plain, int factor) {
    return Arrays.stream(plain)
        .map(text -> END + FILLER.repeat((int) fillers(text) * factor))
        .toArray(String[]::new);
  }

  @Override
  public void close() throws OrtException {
    splitAndPad.close();
  }
}
