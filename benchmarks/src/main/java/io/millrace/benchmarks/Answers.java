package io.millrace.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.ByteString;
import io.millrace.openinference.ModelInferResponse;
import io.millrace.server.bench.Protocol;
import io.millrace.v1.PredictResponse;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Tells right answers from wrong ones: right is what ONNX Runtime alone gives, but for the rounding
 * of another batch size. Thread-safe.
 */
final class Answers implements Predicate<byte[]> {
  /** Of the largest value: engines add up in another order when they compute several rows. */
  private static final float TOLERANCE = 1e-4f;

  private final Protocol protocol;
  private final float[] expected;

  Answers(Protocol protocol, float[] expected) {
    this.protocol = protocol;
    this.expected = expected;
  }

  @Override
  public boolean test(byte[] answer) {
    try {
      return isExpected(read(answer));
    } catch (IOException e) {
      return false;
    }
  }

  private boolean isExpected(float[] values) {
    float largest = 1e-6f;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    boolean same = values.length == expected.length;
    for (int i = 0; same && i < values.length; i++) {
      same = Math.abs(values[i] - expected[i]) <= TOLERANCE * largest;
    }
    return same;
  }

  private float[] read(byte[] answer) throws IOException {
    return switch (protocol) {
      case PREDICT -> floats(PredictResponse.parseFrom(answer).getOutputs(0).getRaw());
      case INFER -> floats(ModelInferResponse.parseFrom(answer).getRawOutputContents(0));
      case REST, REST_INFER -> numbers(answer);
    };
  }

  private static float[] floats(ByteString raw) {
    FloatBuffer values = raw.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    float[] floats = new float[values.remaining()];
    values.get(floats);
    return floats;
  }

  /** All numbers of the document: there are none but the values. */
  private static float[] numbers(byte[] json) throws IOException {
    List<Float> numbers = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token.isNumeric()) {
          numbers.add(parser.getFloatValue());
        }
      }
    }
    float[] floats = new float[numbers.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = numbers.get(i);
    }
    return floats;
  }
}
