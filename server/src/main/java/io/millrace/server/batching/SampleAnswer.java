package io.millrace.server.batching;

import io.millrace.server.model.BytesElements;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Sample;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Holds an answer against what its sample expects, element by element. Pure. */
final class SampleAnswer {
  private final Sample sample;
  private final Tensor expected;
  private final Tensor got;

  private SampleAnswer(Sample sample, Tensor expected, Tensor got) {
    this.sample = sample;
    this.expected = expected;
    this.got = got;
  }

  /**
   * Checks each output of which something is expected.
   *
   * @throws ServingException MODEL_SAMPLE_MISMATCH that names the first element at odds
   */
  static void check(Sample sample, List<Tensor> outputs) {
    for (Tensor expected : sample.expected()) {
      Tensor got =
          outputs.stream()
              .filter(output -> output.name().equals(expected.name()))
              .findFirst()
              .orElseThrow();
      new SampleAnswer(sample, expected, got).check();
    }
  }

  private void check() {
    if (!expected.shape().equals(got.shape())) {
      throw mismatch("", "shape " + expected.shape(), got.shape().toString());
    }
    switch (expected.dtype()) {
      case FP32 -> checkNumbers(Float.BYTES, ByteBuffer::getFloat);
      case FP64 -> checkNumbers(Double.BYTES, ByteBuffer::getDouble);
      case BYTES -> checkTexts();
      case BOOL, UINT8 -> checkWhole(Byte.BYTES, (data, at) -> data.get(at) & 0xFF);
      case INT8 -> checkWhole(Byte.BYTES, ByteBuffer::get);
      case INT16 -> checkWhole(Short.BYTES, ByteBuffer::getShort);
      case UINT16 -> checkWhole(Short.BYTES, (data, at) -> data.getShort(at) & 0xFFFF);
      case INT32 -> checkWhole(Integer.BYTES, ByteBuffer::getInt);
      case UINT32 -> checkWhole(Integer.BYTES, (data, at) -> data.getInt(at) & 0xFFFF_FFFFL);
      case INT64, UINT64 -> checkWhole(Long.BYTES, ByteBuffer::getLong);
      case FP16, BF16 -> throw new IllegalStateException("no sample can expect " + expected);
    }
  }

  private interface Fraction {
    double at(ByteBuffer data, int position);
  }

  private interface WholeNumber {
    long at(ByteBuffer data, int position);
  }

  private void checkNumbers(int size, Fraction number) {
    ByteBuffer wanted = expected.data();
    ByteBuffer given = got.data();
    for (int at = 0; at < wanted.limit(); at += size) {
      double want = number.at(wanted, at);
      double have = number.at(given, at);
      if (!sample.tolerance().admits(want, have)) {
        throw mismatch(
            place(at / size),
            want
                + " within %s + %s of it"
                    .formatted(sample.tolerance().absolute(), sample.tolerance().relative()),
            Double.toString(have));
      }
    }
  }

  private void checkWhole(int size, WholeNumber number) {
    ByteBuffer wanted = expected.data();
    ByteBuffer given = got.data();
    for (int at = 0; at < wanted.limit(); at += size) {
      long want = number.at(wanted, at);
      long have = number.at(given, at);
      if (want != have) {
        throw mismatch(place(at / size), Long.toString(want), Long.toString(have));
      }
    }
  }

  private void checkTexts() {
    List<byte[]> wanted = BytesElements.decode(expected.data(), expected.elements());
    List<byte[]> given = BytesElements.decode(got.data(), got.elements());
    for (int i = 0; i < wanted.size(); i++) {
      if (!Arrays.equals(wanted.get(i), given.get(i))) {
        throw mismatch(place(i), text(wanted.get(i)), text(given.get(i)));
      }
    }
  }

  private static String text(byte[] bytes) {
    return Quote.of(new String(bytes, StandardCharsets.UTF_8));
  }

  /** The element as people count it: {@code [0, 2]} for the third of the first row. */
  private String place(long element) {
    Shape shape = expected.shape();
    long[] indexes = new long[shape.rank()];
    long rest = element;
    for (int i = indexes.length - 1; i >= 0; i--) {
      indexes[i] = rest % shape.size(i);
      rest /= shape.size(i);
    }
    return " at " + Arrays.toString(indexes);
  }

  private ServingException mismatch(String place, String wanted, String have) {
    return ServingException.refusal(
        Reason.MODEL_SAMPLE_MISMATCH,
        "sample %s: output %s%s: expected %s, got %s"
            .formatted(Quote.of(sample.name()), Quote.of(expected.name()), place, wanted, have));
  }
}
