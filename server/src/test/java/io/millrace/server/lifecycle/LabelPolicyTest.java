package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class LabelPolicyTest {
  private static Map<String, Long> next(long wished, Map<String, Long> before, Long... ready) {
    return LabelPolicy.next(Map.of("stable", wished), before, Set.of(ready), Set.of(1L, 2L, 3L));
  }

  @Test
  void aLabel_movesToAVersionThatServes() {
    assertThat(next(2, Map.of("stable", 1L), 1L, 2L)).containsOnly(Map.entry("stable", 2L));
  }

  @Test
  void aLabel_staysWhereItWas_untilItsVersionServes() {
    assertThat(next(2, Map.of("stable", 1L), 1L)).containsOnly(Map.entry("stable", 1L));
    assertThat(next(2, Map.of("stable", 1L))).containsOnly(Map.entry("stable", 1L));
  }

  @Test
  void aNewLabel_pointsAtItsVersion_howeverThatFares() {
    assertThat(next(2, Map.of(), 1L)).containsOnly(Map.entry("stable", 2L));
  }

  @Test
  void aLabelWhoseOldVersionIsGone_doesNotStayThere() {
    assertThat(next(2, Map.of("stable", 9L), 1L)).containsOnly(Map.entry("stable", 2L));
  }

  @Test
  void aLabelThatNobodyWishes_isGone() {
    assertThat(LabelPolicy.next(Map.of(), Map.of("stable", 1L), Set.of(1L), Set.of(1L))).isEmpty();
  }
}
