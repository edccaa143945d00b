package io.millrace.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EngineTextTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Error code - ORT_INVALID_PROTOBUF - message: Load model from /a b/m.onnx failed:Protobuf parsing failed. | Protobuf parsing failed.
          Error code - ORT_FAIL - message: Load model from /m.onnx failed:/src/core/graph/model.cc:192 a::Model::Model(onnx::Proto&&, const a::Options&) Unsupported model IR version: 99 | Unsupported model IR version: 99
          path: "../w.bin" resolved path: "/home/a b/w.bin" allowed directory: "C:\\models\\x" | path: "w.bin" resolved path: "w.bin" allowed directory: "x"
          cannot open /srv/models/iris/1/model.pt for reading | cannot open model.pt for reading
          c10::Error: bad zip | Error: bad zip
          at frame [enforce fail at inline_container.cc:205] . failed | at frame [enforce fail at . failed
          '' | no reason given
          """)
  void ofFailure_keepsTheReasonOnly(String message, String shown) {
    assertThat(EngineText.of(new IllegalStateException(message))).isEqualTo(shown);
  }

  @Test
  void moreLines_areDropped() {
    assertThat(EngineText.of(new IllegalStateException("first\nframe #0: /usr/lib/x.so")))
        .isEqualTo("first");
  }

  @Test
  void noMessage_isToldAsSuch() {
    assertThat(EngineText.of(new IllegalStateException())).isEqualTo("no reason given");
  }

  @Test
  void longMessage_isCut() {
    assertThat(EngineText.of(new IllegalStateException("x".repeat(1000)))).hasSize(303);
  }
}
