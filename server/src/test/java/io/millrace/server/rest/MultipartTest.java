package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.rest.Multipart.Part;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MultipartTest {
  private static final String FORM = "Content-Disposition: form-data; name=";

  private static List<Part> parse(String body) {
    return Multipart.parse(ByteString.copyFromUtf8(body.replace("\n", "\r\n")), "b");
  }

  private static ServingException refusal(String body) {
    return catchThrowableOfType(ServingException.class, () -> parse(body));
  }

  @Test
  void aFormAsCurlSendsIt_isTakenApart() {
    List<Part> parts =
        parse(
            """
            --b
            Content-Disposition: form-data; name="text"

            first line
            --second line
            --b
            Content-Disposition: form-data; name="image"; filename="a \\"cat\\".png"
            Content-Type: image/png

            \u0089PNG
            --b--
            """);

    assertThat(parts)
        .containsExactly(
            new Part(
                "text",
                Optional.empty(),
                "",
                ByteString.copyFromUtf8("first line\r\n--second line")),
            new Part(
                "image",
                Optional.of("a \"cat\".png"),
                "image/png",
                ByteString.copyFromUtf8("\u0089PNG")));
  }

  @Test
  void oddButRightForms_areTakenApart() {
    assertThat(parse("--b\ncontent-disposition:form-data;name=x\n\n\n--b--").get(0).data())
        .isEqualTo(ByteString.EMPTY);
    assertThat(
            parse("--b \t\n" + FORM + "\"\u00e9\"\nX-More: 1\n\n1\n--b--\nepilogue").get(0).name())
        .isEqualTo("\u00e9");
    assertThat(parse("--b--")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--",
        "--c\n",
        "--b",
        "--b\n",
        "--b\n" + FORM + "x",
        "--b\n" + FORM + "x\n\n1",
        "--b\n" + FORM + "x\n\n1\n--b",
        "--b\n" + FORM + "x\n\n1\n--bc\n\n\n--b--",
        "--b\n\n1\n--b--",
        "--b\nContent-Disposition: form-data\n\n1\n--b--",
        "--b\nContent-Disposition: attachment; name=x\n\n1\n--b--",
        "--b\n" + FORM + "x\n folded: 1\n\n1\n--b--",
        "--b\nnonsense\n\n1\n--b--"
      })
  void whatIsNoForm_isRefused(String body) {
    ServingException refusal = refusal(body);

    assertThat(refusal.reason()).isEqualTo(Reason.REQUEST_MALFORMED);
    assertThat(refusal).hasMessageStartingWith("the body is no multipart/form-data: ");
  }

  @Test
  void partsAndTheirHeaders_areBounded() {
    String part = "--b\n" + FORM + "x\n\n1\n";

    assertThat(parse(part.repeat(Multipart.MAX_PARTS) + "--b--")).hasSize(Multipart.MAX_PARTS);
    assertThat(refusal(part.repeat(Multipart.MAX_PARTS + 1) + "--b--"))
        .hasMessageContaining("more than 100 parts");
    assertThat(refusal("--b\nX: " + "y".repeat(Multipart.MAX_HEADER_BYTES) + "\n\n1\n--b--"))
        .hasMessageContaining("4096 bytes");
  }

  @Test
  void anEncodingOfMail_isRefused() {
    ServingException refusal =
        refusal("--b\nContent-Transfer-Encoding: base64\n" + FORM + "x\n\nAA==\n--b--");

    assertThat(refusal).hasMessageStartingWith("part 'x': ").hasMessageContaining("'base64'");
    assertThat(refusal.reason()).isEqualTo(Reason.UNSUPPORTED_OPERATION);
    assertThat(refusal.violations().get(0).field()).isEqualTo("part 'x'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "0123456789012345678901234567890123456789012345678901234567890123456789x"})
  void aBoundaryThatIsNone_isRefused(String boundary) {
    assertThat(
            catchThrowableOfType(
                ServingException.class, () -> Multipart.parse(ByteString.EMPTY, boundary)))
        .hasMessageContaining("boundary");
  }
}
