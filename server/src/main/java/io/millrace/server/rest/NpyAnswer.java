package io.millrace.server.rest;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import io.millrace.server.model.Quote;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Writes the only output as {@code numpy.save} does, in version 1 of its format. Pure.
 *
 * @param limit knows how large an answer may become
 */
record NpyAnswer(JsonAnswer limit) {
  /** Where the values begin, NumPy wants a multiple of this. */
  private static final int ALIGNMENT = 64;

  private static final int VERSION_AND_LENGTH = 4;

  /** Whether the outputs have this form. */
  static boolean fits(Signature signature) {
    List<TensorSpec> outputs = signature.outputs();
    return outputs.size() == 1 && NpyType.of(outputs.get(0).dtype()).isPresent();
  }

  /** Refuses before the model runs. */
  static ServingException refusal(Signature signature) {
    return Refusals.unsupported(
        "%s holds one output of a numeric type, the model gives %s; accept application/json"
            .formatted(
                ContentKind.NPY_TYPE,
                signature.outputs().stream()
                    .map(output -> Quote.of(output.name()) + " " + output.dtype())
                    .toList()));
  }

  HttpBody write(Tensor output) {
    byte[] header = header(output);
    limit.requireRoom((long) header.length + output.byteCount());
    return HttpBody.newBuilder()
        .setContentType(ContentKind.NPY_TYPE)
        .setData(ByteString.copyFrom(header).concat(ByteString.copyFrom(output.data())))
        .build();
  }

  private static byte[] header(Tensor output) {
    String dictionary =
        "{'descr': '%s', 'fortran_order': False, 'shape': %s, }"
            .formatted(NpyType.of(output.dtype()).orElseThrow().descr(), tuple(output));
    int unpadded = NpyHeader.MAGIC.length + VERSION_AND_LENGTH + dictionary.length() + 1;
    int padding = (ALIGNMENT - unpadded % ALIGNMENT) % ALIGNMENT;
    String padded = dictionary + " ".repeat(padding) + "\n";
    char low = (char) (padded.length() & 0xFF);
    char high = (char) (padded.length() >> 8);
    String text =
        new String(NpyHeader.MAGIC, StandardCharsets.ISO_8859_1)
            + "\u0001\u0000"
            + low
            + high
            + padded;
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** As Python writes it: {@code (3,)}, {@code (2, 3)}. */
  private static String tuple(Tensor output) {
    String sizes =
        LongStream.of(output.shape().toArray())
            .mapToObj(Long::toString)
            .collect(Collectors.joining(", "));
    return "(" + sizes + (output.shape().rank() == 1 ? ",)" : ")");
  }
}
