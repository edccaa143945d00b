package io.millrace.server.bench;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.millrace.v1.PredictRequest;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads a request from a file: a message such as {@code samples/request.json}, which goes by each
 * protocol, or a body of REST such as {@code samples/predict.json}.
 */
final class GivenInputs {
  private GivenInputs() {}

  static Inputs read(Path file, Protocol protocol) throws IOException {
    String text = text(file);
    try {
      PredictRequest.Builder request = PredictRequest.newBuilder();
      JsonFormat.parser().merge(text, request);
      return new Inputs.Given(List.of(request.build()));
    } catch (InvalidProtocolBufferException e) {
      if (protocol.isRest()) {
        return RestBody.read(file, text, protocol);
      }
      throw new BenchException(
          "--input: %s is no millrace.v1.PredictRequest in JSON, and a body of REST goes by --protocol rest: %s"
              .formatted(file, e.getMessage()));
    }
  }

  private static String text(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new BenchException("--input: there is no file " + file);
    } catch (CharacterCodingException e) {
      throw new BenchException("--input: %s is no text in UTF-8".formatted(file));
    }
  }
}
