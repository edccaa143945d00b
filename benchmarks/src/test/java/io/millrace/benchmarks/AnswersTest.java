package io.millrace.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.millrace.openinference.ModelInferResponse;
import io.millrace.server.bench.Protocol;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.Tensor;
import org.junit.jupiter.api.Test;

final class AnswersTest {
  private static final float[] EXPECTED = {0.5f, -2};
  private static final ByteString RAW =
      ByteString.copyFrom(new byte[] {0, 0, 0, 0x3f, 0, 0, 0, (byte) 0xc0});

  @Test
  void rightValues_areFound_inEachProtocol() {
    byte[] predict =
        PredictResponse.newBuilder()
            .addOutputs(Tensor.newBuilder().setRaw(RAW))
            .build()
            .toByteArray();
    byte[] infer = ModelInferResponse.newBuilder().addRawOutputContents(RAW).build().toByteArray();
    byte[] rest = "{\"outputs\": [[0.50000001, -2]]}".getBytes(UTF_8);

    assertThat(new Answers(Protocol.PREDICT, EXPECTED)).accepts(predict);
    assertThat(new Answers(Protocol.INFER, EXPECTED)).accepts(infer);
    assertThat(new Answers(Protocol.REST, EXPECTED)).accepts(rest);
  }

  @Test
  void otherValues_orOtherwiseMany_areWrong() {
    Answers answers = new Answers(Protocol.REST, EXPECTED);

    assertThat(answers)
        .rejects(
            "{\"outputs\": [[0.5, -2.1]]}".getBytes(UTF_8),
            "{\"outputs\": [[0.5]]}".getBytes(UTF_8),
            "{\"outputs\": [[0.5, -2, 0]]}".getBytes(UTF_8),
            "{\"outputs\": ".getBytes(UTF_8),
            new byte[0]);
  }
}
