package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The page for users names each reason once, with its code. */
final class ErrorsPageTest {
  @Test
  void page_hasEachReasonWithItsCode() throws IOException {
    List<String> told =
        Files.readAllLines(Path.of("../docs/errors.md")).stream()
            .filter(line -> line.matches("\\| [A-Z_]+ \\|.*"))
            .map(line -> line.split("\\|", -1))
            .map(cells -> cells[1].strip() + " " + cells[2].strip())
            .toList();

    List<String> known =
        Arrays.stream(Reason.values())
            .map(reason -> reason + " " + StatusMapper.codeOf(reason))
            .toList();
    assertThat(told).containsExactlyElementsOf(known);
  }
}
