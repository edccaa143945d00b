package io.millrace.server.lifecycle;

import static io.millrace.server.lifecycle.Operator.ANY;
import static io.millrace.server.lifecycle.Operator.reasonOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.model.LabelLimit;
import io.millrace.server.model.Reason;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Where labels point, by the repository and by orders; every thread is run by hand. */
final class ModelLabelsTest {
  private final Operator operator = new Operator(ModelControl.POLL);
  private final ManualLifecycle house = operator.house;

  @Test
  void aLabelOfTheRepository_movesWithItsVersion() {
    house.settle(Wishes.labelled(Wishes.newest(2, 1), Map.of("stable", 1L)));
    house.manager().accept(Wishes.labelled(Wishes.newest(2, 2, 1), Map.of("stable", 2L)));
    house.lifecycle.runAll();
    assertThat(operator.labels()).containsOnly(Map.entry("stable", 1L));

    house.settle();

    assertThat(operator.labels()).containsOnly(Map.entry("stable", 2L));
  }

  @Test
  void aLabelOfAnOperator_holdsUntilTheRepositorysLabelsChange() {
    house.settle(Wishes.labelled(Wishes.newest(2, 2, 1), Map.of("stable", 1L)));

    assertThat(operator.setLabel("stable", 2, OptionalLong.of(1)))
        .containsOnly(Map.entry("stable", 2L));
    house.settle(Wishes.labelled(Wishes.newest(2, 3, 2, 1), Map.of("stable", 1L)));
    assertThat(operator.labels()).containsOnly(Map.entry("stable", 2L));

    house.settle(Wishes.labelled(Wishes.newest(2, 3, 2, 1), Map.of("stable", 2L, "canary", 3L)));
    assertThat(operator.labels()).containsOnly(Map.entry("stable", 2L), Map.entry("canary", 3L));
    assertThat(operator.setLabel("stable", 3, ANY)).containsEntry("stable", 3L);
  }

  @Test
  void aLabelThatIsNotWhereItsMoverThinks_isNotMoved() {
    house.settle(Wishes.newest(2, 2, 1));

    assertThat(operator.setLabel("stable", 1, OptionalLong.of(0))).containsEntry("stable", 1L);
    assertThat(reasonOf(() -> operator.setLabel("stable", 2, OptionalLong.of(2))))
        .isEqualTo(Reason.LABEL_MOVED);
    assertThat(reasonOf(() -> operator.setLabel("stable", 2, OptionalLong.of(0))))
        .isEqualTo(Reason.LABEL_MOVED);
    assertThat(operator.labels()).containsEntry("stable", 1L);
  }

  @Test
  void labelsBeyondTheLimit_areRefused_andThoseThatAreThereMove() {
    house.settle(Wishes.labelled(Wishes.newest(2, 2, 1), Map.of("stable", 1L)));
    for (int i = 1; i < LabelLimit.MAX_LABELS; i++) {
      var unused = operator.setLabel("label-" + i, 1, ANY);
    }

    assertThatThrownBy(() -> operator.setLabel("more", 1, ANY))
        .hasMessageContaining("model 'iris' would have 101 labels, and the limit is 100");
    assertThat(reasonOf(() -> operator.setLabel("more", 1, ANY)))
        .isEqualTo(Reason.PARAMETER_INVALID);
    assertThat(operator.labels()).hasSize(LabelLimit.MAX_LABELS).doesNotContainKey("more");
    assertThat(operator.setLabel("stable", 2, ANY)).containsEntry("stable", 2L);
    assertThat(operator.setLabel("label-1", 2, ANY)).containsEntry("label-1", 2L);
  }

  @Test
  void aLabel_isNotMovedToAVersionThatDoesNotServe() {
    house.settle(Wishes.newest(1, 2, 1));

    assertThat(reasonOf(() -> operator.setLabel("stable", 1, ANY)))
        .isEqualTo(Reason.VERSION_NOT_FOUND);
    assertThat(operator.labels()).isEmpty();
  }
}
