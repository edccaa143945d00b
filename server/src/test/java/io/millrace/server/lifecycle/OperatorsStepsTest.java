package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.AskedVersions;
import io.millrace.server.model.DesiredVersions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What operators asked for, beside a policy that keeps the newest of the versions 1, 2 and 3, as a
 * table; version 9 is there, and the policy leaves it out.
 */
final class OperatorsStepsTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # situation                                | loaded | held  | records                   | steps
          one loaded by number serves beside         | 1      |       | 3 READY                   | load 1
          it stays                                   | 1      |       | 3 READY, 1 READY          |
          one that the policy leaves out is loaded   | 9      |       | 3 READY                   | load 9
          it does not take the place of the newest   | 9      |       | 3 READY, 9 READY          |
          one that serves already is not loaded      | 3      |       | 3 READY                   |
          the policy's goes on waiting for the newer | 1      |       | 2 READY, 1 READY          | load 3
          one that failed is not tried for ever      | 1      |       | 3 READY, 1 FAILED         |

          an unloaded one goes                       |        | 3 2 1 | 3 READY                   | unload 3
          and is not waited for                      |        | 3     | 3 READY, 2 LOADING        | unload 3
          it is remembered                           |        | 3 2 1 | 3 UNLOADED                |
          the next steps in if nobody holds it       |        | 3     | 3 UNLOADED                | load 2
          a load that was under way is not repeated  |        | 3 2 1 | 3 LOADING                 |
          one that is spoken of is remembered        |        | 9     | 3 READY, 9 UNLOADED       |
          one that is not is forgotten               |        |       | 3 READY, 9 UNLOADED       | forget 9
          """)
  void steps(
      String situation,
      @Nullable String loaded,
      @Nullable String held,
      String records,
      @Nullable String steps) {
    DesiredVersions wish =
        Wishes.sparing(9, Wishes.newest(1, 3, 2, 1))
            .with(new AskedVersions(numbers(loaded), numbers(held)), Map.of());

    assertThat(AvailabilityPreservingPolicy.next(wish, snapshots(records)))
        .extracting(OperatorsStepsTest::text)
        .containsExactlyElementsOf(steps == null ? List.of() : List.of(steps.split(", ", -1)));
  }

  private static Set<Long> numbers(@Nullable String text) {
    return text == null
        ? Set.of()
        : Arrays.stream(text.split(" ", -1)).map(Long::valueOf).collect(Collectors.toSet());
  }

  private static List<VersionSnapshot> snapshots(String records) {
    return Arrays.stream(records.split(", ", -1))
        .map(record -> record.split(" ", -1))
        .map(
            words ->
                new VersionSnapshot(Long.parseLong(words[0]), VersionState.valueOf(words[1]), "a"))
        .toList();
  }

  private static String text(Transition step) {
    if (step instanceof Transition.Load load) {
      return "load " + load.artifact().id().version();
    }
    return step instanceof Transition.Unload unload
        ? "unload " + unload.version()
        : "forget " + ((Transition.Forget) step).version();
  }
}
