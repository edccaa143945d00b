package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules as a table, written as that of {@link AvailabilityPreservingPolicyTest}. */
final class ResourcePreservingPolicyTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # situation                              |keep| candidates  | broken | records                      | steps
          the first version loads                  | 1 | 1a          |    |                                  | load 1a
          several are kept                         | 2 | 3a 2a 1a    |    |                                  | load 3a, load 2a
          the same wish again does nothing         | 1 | 3a 2a       |    | 3a READY, 2a UNLOADED            |

          the old unloads before a newer loads     | 1 | 3a 2a       |    | 2a READY                         | unload 2
          the newer waits while the old drains     | 1 | 3a 2a       |    | 2a DRAINING                      |
          the newer waits while the old unloads    | 1 | 3a 2a       |    | 2a UNLOADING                     |
          the newer loads when the old is gone     | 1 | 3a 2a       |    | 2a UNLOADED                      | load 3a
          a superseded load is waited for          | 1 | 4a 3a       |    | 3a LOADING                       |
          and goes when it has come up             | 1 | 4a 3a       |    | 3a READY                         | unload 3
          only what leaves is waited for           | 2 | 4a 3a 2a    |    | 3a READY, 2a READY               | unload 2
          what stays stays                         | 2 | 4a 3a 2a    |    | 3a READY, 2a UNLOADED            | load 4a

          the older comes back for a failed        | 1 | 3a 2a       |    | 3a FAILED, 2a UNLOADED           | load 2a
          no retry takes its stand-in down         | 1 | 3a 2a       |    | 3a DUE, 2a READY                 |
          new files do                             | 1 | 3b 2a       |    | 3a FAILED, 2a READY              | unload 2
          a retry that is due without one loads    | 1 | 3a          |    | 3a DUE                           | load 3a

          one that serves is not reloaded          | 1 | 3b          |    | 3a READY                         |
          one that serves stays though it broke    | 1 |             | 3x | 3a READY                         |
          a broken one fails, an older loads       | 1 | 2a          | 3x |                                  | load 2a, fail 3x
          the last one gone unloads at once        | 1 |             |    | 3a READY                         | unload 3
          the deleted one goes before the older    | 1 | 2a          |    | 3a READY                         | unload 3
          one that is gone is forgotten            | 0 |             |    | 3a UNLOADED                      | forget 3
          """)
  void steps(
      String situation,
      int keep,
      @Nullable String candidates,
      @Nullable String broken,
      @Nullable String records,
      @Nullable String steps) {
    List<Transition> next =
        ResourcePreservingPolicy.next(
            PolicyTable.wish(keep, candidates, broken, Map.of()), PolicyTable.snapshots(records));
    assertThat(PolicyTable.texts(next)).containsExactlyElementsOf(PolicyTable.parts(steps, ", "));
  }
}
