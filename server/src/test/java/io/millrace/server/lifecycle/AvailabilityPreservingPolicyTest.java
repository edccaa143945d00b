package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.DesiredVersions;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The rules as a table. "3a" is version 3 whose files have the fingerprint "a"; candidates and
 * broken versions are what is on disk, records are what the server knows, and the last column is
 * what it is to do now.
 */
final class AvailabilityPreservingPolicyTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # situation                              |keep| candidates  | broken | records                      | steps
          the first version loads                  | 1 | 1a          |    |                                  | load 1a
          of several the newest alone loads        | 1 | 3a 2a 1a    |    |                                  | load 3a
          several are kept                         | 2 | 3a 2a 1a    |    |                                  | load 3a, load 2a
          none is kept                             | 0 | 3a 2a       |    |                                  |
          a load that waits is not started twice   | 1 | 3a          |    | 3a NEW                           |
          a load under way is not started twice    | 1 | 3a          |    | 3a LOADING                       |
          the same wish again does nothing         | 1 | 3a 2a       |    | 3a READY, 2a UNLOADED            |

          a newer loads before the old unloads     | 1 | 3a 2a       |    | 2a READY                         | load 3a
          the old stays while the newer waits      | 1 | 3a 2a       |    | 2a READY, 3a NEW                 |
          the old stays while the newer loads      | 1 | 3a 2a       |    | 2a READY, 3a LOADING             |
          the old unloads when the newer serves    | 1 | 3a 2a       |    | 2a READY, 3a READY               | unload 2
          the old waits for all of the newer       | 2 | 4a 3a 2a    |    | 2a READY, 3a LOADING, 4a READY   |
          a superseded load may end                | 1 | 4a 3a       |    | 3a LOADING                       | load 4a

          a newer that failed keeps the old        | 1 | 3a 2a       |    | 2a READY, 3a FAILED              |
          the older steps in for a failed newest   | 1 | 3a 2a 1a    |    | 3a FAILED                        | load 2a
          the next older steps in as well          | 1 | 3a 2a 1a    |    | 3a FAILED, 2a FAILED             | load 1a
          one of two steps in                      | 2 | 3a 2a 1a    |    | 3a FAILED, 2a READY              | load 1a
          nothing is left to try                   | 1 | 3a 2a       |    | 3a FAILED, 2a FAILED             |
          only one not kept on disk has failed     | 1 | 3a          |    | 3a FAILED, 2a READY              | unload 2

          a failed is tried again when it changed  | 1 | 3b 2a       |    | 3a FAILED, 2a READY              | load 3b
          its stand-in stays meanwhile             | 1 | 3b 2a       |    | 3b LOADING, 2a READY             |
          its stand-in goes when it serves         | 1 | 3b 2a       |    | 3b READY, 2a READY               | unload 2
          a changed one beyond keep stays failed   | 1 | 3a 2b       |    | 3a READY, 2a FAILED              |

          a failed whose retry is due loads again  | 1 | 3a 2a       |    | 3a DUE, 2a READY                 | load 3a
          a due one beyond keep stays failed       | 1 | 4a 3a       |    | 4a READY, 3a DUE                 |

          one that serves is not reloaded          | 1 | 3b          |    | 3a READY                         |
          one that serves stays though it broke    | 1 |             | 3x | 3a READY                         |
          it even keeps its place before an older  | 1 | 2a          | 3x | 3a READY                         |
          it goes when a newer serves              | 1 | 4a          | 3x | 3a READY, 4a READY               | unload 3
          then it shows as failed                  | 1 | 4a          | 3x | 3a UNLOADED, 4a READY            | fail 3x
          a broken one fails, an older loads       | 1 | 2a          | 3x |                                  | load 2a, fail 3x
          a broken one fails once                  | 1 | 2a          | 3x | 2a READY, 3x FAILED              |
          one that breaks otherwise fails anew     | 1 | 2a          | 3y | 2a READY, 3x FAILED              | fail 3y
          one that broke while it loaded waits     | 1 |             | 3x | 3a LOADING                       |
          a mended one loads                       | 1 | 3b 2a       |    | 2a READY, 3x FAILED              | load 3b

          the older loads when the newest is gone  | 1 | 2a          |    | 3a READY                         | load 2a
          only then the deleted one unloads        | 1 | 2a          |    | 3a READY, 2a READY               | unload 3
          the last one gone unloads at once        | 1 |             |    | 3a READY                         | unload 3
          all gone unload at once                  | 0 |             |    | 2a READY, 3a READY               | unload 2, unload 3
          a smaller keep unloads the older         | 1 | 3a 2a       |    | 3a READY, 2a READY               | unload 2
          keep 0 unloads all                       | 0 | 3a          |    | 3a READY                         | unload 3
          one gone while it loads is waited for    | 0 |             |    | 3a LOADING                       |
          one gone while it drains is waited for   | 0 |             |    | 3a DRAINING                      |

          chosen versions replace others           | 2 | 4a 1a       |    | 3a READY                         | load 4a, load 1a
          an older can be chosen                   | 1 | 1a          |    | 3a READY, 1a READY               | unload 3

          one wished back while draining waits     | 1 | 3a          |    | 3a DRAINING                      |
          one wished back while unloading waits    | 1 | 3a          |    | 3a UNLOADING                     |
          one wished back loads when it is down    | 1 | 3a          |    | 3a UNLOADED                      | load 3a
          its stand-in stays meanwhile             | 1 | 3a 2a       |    | 3a DRAINING, 2a READY            |

          one that is down and gone is forgotten   | 0 |             |    | 3a UNLOADED                      | forget 3
          one that failed and is gone is forgotten | 1 | 2a          |    | 3a FAILED, 2a READY              | forget 3
          one that is down but there is remembered | 1 | 3a 2a       |    | 3a READY, 2a UNLOADED            |
          a broken one that is gone is forgotten   | 0 |             |    | 3x FAILED                        | forget 3
          """)
  void steps(
      String situation,
      int keep,
      @Nullable String candidates,
      @Nullable String broken,
      @Nullable String records,
      @Nullable String steps) {
    List<Transition> next =
        AvailabilityPreservingPolicy.next(
            PolicyTable.wish(keep, candidates, broken, Map.of()), PolicyTable.snapshots(records));
    assertThat(PolicyTable.texts(next)).containsExactlyElementsOf(PolicyTable.parts(steps, ", "));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"3a READY", "'3a READY, 2a UNLOADED'", "3a LOADING"})
  void labels_makeNoSteps(String records) {
    DesiredVersions wish = PolicyTable.wish(1, "3a 2a", null, Map.of("stable", 2L));
    assertThat(AvailabilityPreservingPolicy.next(wish, PolicyTable.snapshots(records))).isEmpty();
  }
}
