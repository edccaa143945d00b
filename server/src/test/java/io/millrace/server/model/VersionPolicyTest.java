package io.millrace.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.VersionPolicy.All;
import io.millrace.server.model.VersionPolicy.Choice;
import io.millrace.server.model.VersionPolicy.Latest;
import io.millrace.server.model.VersionPolicy.Specific;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class VersionPolicyTest {
  static Stream<Arguments> table() {
    return Stream.of(
        row(new Latest(1), List.of(), List.of(), 0, "latest: 1"),
        row(new Latest(1), List.of(1L, 3L, 2L), List.of(3L, 2L, 1L), 1, "latest: 1"),
        row(new Latest(2), List.of(1L, 10L, 9L), List.of(10L, 9L, 1L), 2, "latest: 2"),
        row(new Latest(5), List.of(1L, 2L), List.of(2L, 1L), 2, "latest: 5"),
        row(new All(), List.of(), List.of(), 0, "all"),
        row(new All(), List.of(7L, 8L), List.of(8L, 7L), 2, "all"),
        row(specific(1L, 3L), List.of(1L, 2L, 3L), List.of(3L, 1L), 2, "specific: [1, 3]"),
        row(specific(1L, 3L), List.of(2L, 3L), List.of(3L), 1, "specific: [1, 3]"),
        row(specific(4L), List.of(1L), List.of(), 0, "specific: [4]"));
  }

  @ParameterizedTest(name = "{0} of {1}")
  @MethodSource("table")
  void completeVersions_areCandidatesNewestFirst(
      VersionPolicy policy, List<Long> complete, Choice expected, String words) {
    assertThat(policy.choose(complete)).isEqualTo(expected);
    assertThat(policy.describe()).isEqualTo(words);
  }

  private static Arguments row(
      VersionPolicy policy, List<Long> complete, List<Long> candidates, int keep, String words) {
    return Arguments.of(policy, complete, new Choice(candidates, keep), words);
  }

  private static Specific specific(Long... versions) {
    return new Specific(new TreeSet<>(List.of(versions)));
  }
}
