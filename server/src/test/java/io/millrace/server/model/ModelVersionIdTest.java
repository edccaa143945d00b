package io.millrace.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

final class ModelVersionIdTest {
  @Test
  void text_isModelSlashVersion() {
    assertThat(new ModelVersionId("iris", 3)).hasToString("iris/3");
  }

  @Test
  void badName_isRefusedAndShown() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ModelVersionId("../x\n", 1))
        .withMessage("not a model name: '../x\\u{a}'");
  }

  @Test
  void versionBelowOne_isRefusedAndShown() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ModelVersionId("iris", 0))
        .withMessageContaining("got 0");
  }

  @Test
  void order_isByModelAndThenByNumber() {
    ModelVersionId second = new ModelVersionId("a", 2);
    ModelVersionId tenth = new ModelVersionId("a", 10);
    ModelVersionId other = new ModelVersionId("b", 1);
    assertThat(second).isLessThan(tenth);
    assertThat(tenth).isLessThan(other);
    assertThat(second).isEqualByComparingTo(new ModelVersionId("a", 2));
  }

  @Test
  void format_isToldByTheNameOfTheFile() {
    assertThat(ModelFormat.ofFileName("model.onnx")).contains(ModelFormat.ONNX);
    assertThat(ModelFormat.ofFileName("model.pt")).contains(ModelFormat.TORCHSCRIPT);
    assertThat(ModelFormat.ofFileName("MODEL.onnx")).isEmpty();
    assertThat(ModelFormat.ofFileName("train.py")).isEmpty();
  }
}
