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

/** Reads a request from a file such as {@code samples/request.json}. */
final class GivenInputs {
  private GivenInputs() {}

  static Inputs.Given read(Path file) throws IOException {
    try {
      PredictRequest.Builder request = PredictRequest.newBuilder();
      JsonFormat.parser().merge(Files.readString(file), request);
      return new Inputs.Given(List.of(request.build()));
    } catch (InvalidProtocolBufferException e) {
      throw new BenchException(
          "--input: %s is no millrace.v1.PredictRequest in JSON: %s"
              .formatted(file, e.getMessage()));
    } catch (NoSuchFileException e) {
      throw new BenchException("--input: there is no file " + file);
    } catch (CharacterCodingException e) {
      throw new BenchException("--input: %s is no text in UTF-8".formatted(file));
    }
  }
}
