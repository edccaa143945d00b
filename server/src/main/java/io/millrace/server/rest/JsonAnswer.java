package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * Writes JSON into the bodies of answers, up to a limit. Thread-safe if what counts is.
 *
 * @param counting told of the bytes as they are written; it throws if there is no memory for them
 */
record JsonAnswer(int maxBytes, LongConsumer counting) {
  private static final JsonFactory FACTORY = new JsonFactory();
  private static final String CONTENT_TYPE = "application/json";

  /** Whose bytes count only when they are sent. */
  JsonAnswer(int maxBytes) {
    this(maxBytes, bytes -> {});
  }

  /** Writes one value. */
  interface Writing {
    void write(JsonGenerator json) throws IOException;
  }

  /** On one line, as the Open Inference Protocol's servers write it. */
  HttpBody compact(Writing writing) {
    return body(writing);
  }

  /** Laid out as TensorFlow Serving does. */
  HttpBody pretty(Writing writing) {
    return body(
        json -> {
          json.setPrettyPrinter(new SingleLineArrays());
          writing.write(json);
        });
  }

  /**
   * @throws ServingException MESSAGE_TOO_LARGE if an answer of so many bytes exceeds the limit
   */
  void requireRoom(long bytes) {
    if (bytes > maxBytes) {
      throw ServingException.refusal(
              Reason.MESSAGE_TOO_LARGE,
              "the answer takes more than the limit of %d bytes; ask for fewer rows or outputs"
                  .formatted(maxBytes))
          .about(Map.of("limitBytes", Integer.toString(maxBytes)));
    }
  }

  private HttpBody body(Writing writing) {
    Limited out = new Limited(this);
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      writing.write(json);
      json.writeRaw('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return HttpBody.newBuilder()
        .setContentType(CONTENT_TYPE)
        .setData(out.bytes.toByteString())
        .build();
  }

  /** Confined to the thread that writes. */
  private static final class Limited extends OutputStream {
    private final ByteString.Output bytes = ByteString.newOutput();
    private final JsonAnswer answer;

    Limited(JsonAnswer answer) {
      this.answer = answer;
    }

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) {
      answer.requireRoom((long) bytes.size() + length);
      answer.counting.accept(length);
      bytes.write(source, offset, length);
    }
  }
}
