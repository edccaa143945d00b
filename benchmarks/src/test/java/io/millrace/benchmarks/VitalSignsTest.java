package io.millrace.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.IntToLongFunction;
import org.junit.jupiter.api.Test;

final class VitalSignsTest {
  private static final int LOOKS = 40;

  private static VitalSigns of(Vital vital, int leniency, IntToLongFunction look) {
    VitalSigns signs = new VitalSigns(leniency);
    for (int i = 0; i < LOOKS; i++) {
      signs.add(vital, look.applyAsLong(i));
    }
    return signs;
  }

  @Test
  void whatOnlyBegins_orGoesUpAndDown_isLevel() {
    assertThat(of(Vital.HEAP, 1, i -> i < 20 ? i << 20 : 20 << 20).isLevel(Vital.HEAP)).isTrue();
    assertThat(of(Vital.THREADS, 1, i -> i % 2 == 0 ? 30 : 90).isLevel(Vital.THREADS)).isTrue();
    assertThat(of(Vital.FILES, 1, i -> i == 39 ? 900 : 30).isLevel(Vital.FILES)).isTrue();
  }

  @Test
  void whatRisesByMoreThanItIsAllowed_isNotLevel() {
    long perLook = Vital.HEAP.allowance() / 10;

    assertThat(of(Vital.HEAP, 1, i -> i * perLook).isLevel(Vital.HEAP)).isTrue();
    assertThat(of(Vital.HEAP, 1, i -> i * perLook * 2).isLevel(Vital.HEAP)).isFalse();
    assertThat(of(Vital.HEAP, 2, i -> i * perLook * 2).isLevel(Vital.HEAP)).isTrue();
    assertThat(of(Vital.FILES, 1, i -> i).isLevel(Vital.FILES)).isFalse();
  }

  @Test
  void quarters_areTold() {
    assertThat(of(Vital.THREADS, 1, i -> i / 10).text(Vital.THREADS)).isEqualTo("0, 1, 2, 3");
    assertThat(of(Vital.DIRECT, 1, i -> 3 << 19).text(Vital.DIRECT)).startsWith("1.5 MiB, ");
  }

  @Test
  void tooFewLooks_tellNothing() {
    VitalSigns signs = new VitalSigns(1);
    signs.add(Vital.HEAP, 1);

    assertThatThrownBy(() -> signs.isLevel(Vital.HEAP)).hasMessageContaining("1 samples");
  }
}
