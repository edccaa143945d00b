package io.millrace.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ClassLabelsTest {
  @Test
  void classesBeyondTheNames_haveNone() {
    ClassLabels labels = new ClassLabels(List.of("setosa", "versicolor"));

    assertThat(labels.name(1)).isEqualTo("versicolor");
    assertThat(labels.name(2)).isEmpty();
    assertThat(ClassLabels.NONE.name(0)).isEmpty();
  }
}
