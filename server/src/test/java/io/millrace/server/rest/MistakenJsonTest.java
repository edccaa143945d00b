package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MistakenJsonTest {
  private final RunningRest rest =
      new RunningRest(
          Map.of(
              "image",
              new Signature(
                  List.of(TensorSpec.of("image", DataType.FP32, -1, 3, 1, 2)),
                  List.of(TensorSpec.of("y", DataType.FP32, -1, 3, 1, 2)))),
          Runnable::run);

  @AfterEach
  void stop() {
    rest.close();
  }

  private RunningRest.End refused(String type, byte[] body) {
    return RunningRest.failed(
        () -> rest.stub().predict(RunningRest.request("image", type, ByteString.copyFrom(body))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          application/x-www-form-urlencoded | came with the content-type that curl says of any body; send it with the header Content-Type: image/png,
          application/json                  | its content-type is 'application/json'; send it with the header Content-Type: image/png,
                                            | came without a content-type; send it with the header Content-Type: image/png,
          """)
  void aPictureThatSaysNotWhatItIs_isToldHowToSayIt(@Nullable String type, String words) {
    RunningRest.End end = refused(type == null ? "" : type, Pictures.png(2));

    assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
    assertThat(end.message()).startsWith("the body begins as image/png does, but " + words);
  }

  @ParameterizedTest
  @CsvSource({
    "application/x-www-form-urlencoded, true",
    "application/json, false",
    "application/x-www-form-urlencoded; charset=utf-8, true"
  })
  void otherBytesThatCurlCallsAForm_areAdvisedToSayWhatTheyAre(String type, boolean isAdvised) {
    RunningRest.End end = refused(type, new byte[] {1, 2, 3});

    assertThat(end.message()).startsWith("the body is no JSON");
    assertThat(end.message().contains("; if it is no JSON, say what it is, by curl with -H"))
        .isEqualTo(isAdvised);
  }

  @Test
  void aSlipInJson_isNotAdvised() {
    RunningRest.End end =
        refused(
            "application/x-www-form-urlencoded",
            "{\"instances\": [1,}".getBytes(StandardCharsets.UTF_8));

    assertThat(end.message()).startsWith("the body is no JSON").doesNotContain("curl");
  }
}
