package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class HeaderValueTest {
  @Test
  void aWordAndItsParameters_areRead() {
    assertThat(HeaderValue.parse(" Multipart/Form-Data ; Boundary=aB; charset = utf-8"))
        .isEqualTo(
            new HeaderValue("multipart/form-data", Map.of("boundary", "aB", "charset", "utf-8")));
  }

  @Test
  void quotes_keepWhatSeparates() {
    assertThat(
            HeaderValue.parse("form-data; name=\"a;b=\\\"c\\\"\"; filename=\"C:\\x.png\"")
                .parameters())
        .isEqualTo(Map.of("name", "a;b=\"c\"", "filename", "C:\\x.png"));
  }

  @Test
  void whatIsOdd_isNoFault() {
    assertThat(HeaderValue.parse("").word()).isEmpty();
    assertThat(HeaderValue.parse("a;;b;c=;=d;e=\"").parameters())
        .isEqualTo(Map.of("c", "", "", "d", "e", ""));
    assertThat(HeaderValue.parse("a; x=1; X=2").parameter("x")).isEqualTo("1");
  }

  @Test
  void parametersWithoutEnd_areNotKept() {
    String many =
        IntStream.range(0, 1_000).mapToObj("; p%d=1"::formatted).collect(Collectors.joining());

    assertThat(HeaderValue.parse("a" + many).parameters()).hasSize(HeaderValue.MAX_PARAMETERS);
  }
}
