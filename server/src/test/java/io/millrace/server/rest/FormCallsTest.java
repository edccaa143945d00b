package io.millrace.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.millrace.v1.HttpModelRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Forms, which have a part for each input. */
final class FormCallsTest extends EchoedContentTest {
  @Test
  void aForm_hasAPartForEachInput() {
    declareImage("several");
    ByteString form =
        ByteString.copyFromUtf8(
                """
                --b
                Content-Disposition: form-data; name="text"

                hello
                --b
                Content-Disposition: form-data; name="x"

                [[1, 2]]
                --b
                Content-Disposition: form-data; name="image"; filename="a.png"
                Content-Type: application/octet-stream

                """
                    .replace("\n", "\r\n"))
            .concat(ByteString.copyFrom(png()))
            .concat(ByteString.copyFromUtf8("\r\n--b--\r\n"));

    assertThat(answer(RunningRest.request("several", "multipart/form-data; boundary=b", form)))
        .isEqualTo(
            "{\"predictions\":[{\"x_out\":[1.0,2.0],\"text_out\":[\"hello\"],"
                + "\"image_out\":[[[1,2,3],[4,5,6]]]}]}");
  }

  @Test
  void aBareNumberOfAForm_isARow() {
    HttpModelRequest form =
        request(
            "text",
            "multipart/form-data; boundary=b",
            "--b\r\nContent-Disposition: form-data; name=text\r\nContent-Type: application/json\r\n\r\n\"a\"\r\n--b--"
                .getBytes(UTF_8));

    assertThat(answer(form)).isEqualTo("{\"predictions\":[[\"a\"]]}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          name="y"    | 1       | REQUEST_MALFORMED     | part 'y': the model has no such input
          name="x"    | [[1]    | REQUEST_MALFORMED     | part 'x' ends before its JSON does
          name="x"    | ["a"]   | TENSOR_DTYPE_MISMATCH | part 'x'[0]: expected type FP32, got a text
          name="x"    | [[1,2]] | TENSOR_MISSING        | input 'text'
          """)
  void aPartThatDoesNotFit_isNamed(String name, String value, String reason, String words) {
    String form =
        "--b\r\nContent-Disposition: form-data; " + name + "\r\n\r\n" + value + "\r\n--b--";

    RunningRest.End end =
        refusal(request("several", "multipart/form-data; boundary=b", form.getBytes(UTF_8)));

    assertThat(end.reason()).isEqualTo(reason);
    assertThat(end.message()).contains(words);
  }

  @Test
  void aPartThatComesTwice_isRefused() {
    String part = "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n[[1, 2]]\r\n";

    assertThat(
            refusal(
                    request(
                        "rows",
                        "multipart/form-data; boundary=b",
                        (part + part + "--b--").getBytes(UTF_8)))
                .reason())
        .isEqualTo("TENSOR_DUPLICATE");
  }
}
