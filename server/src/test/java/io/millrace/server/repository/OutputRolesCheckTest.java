package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.Problem;
import io.millrace.server.model.DataType;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which outputs may be scores, names of classes and values. */
final class OutputRolesCheckTest {
  private static final Signature SIGNATURE =
      new Signature(
          List.of(TensorSpec.of("x", DataType.FP32, -1, 4)),
          List.of(
              TensorSpec.of("label", DataType.INT64, -1),
              TensorSpec.of("single", DataType.FP32, -1, 3),
              TensorSpec.of("double", DataType.FP64, -1, -1),
              TensorSpec.of("names", DataType.BYTES, -1, 3),
              TensorSpec.of("name", DataType.BYTES, -1),
              TensorSpec.of("column", DataType.FP32, -1, 1),
              TensorSpec.of("flat", DataType.FP64, -1),
              TensorSpec.of("scalar", DataType.FP32)));

  private static Optional<String> problem(OutputRoles roles) {
    return new OutputRolesCheck("iris/config.yaml", roles, SIGNATURE)
        .problem()
        .map(Problem::toString);
  }

  @ParameterizedTest
  @CsvSource({"single, names, column", "double, '', flat", "'', '', double", "'', '', ''"})
  void outputsThatCanMeanIt_areTaken(String scores, String classes, String value) {
    assertThat(problem(new OutputRoles(scores, classes, value))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "label | \"\" | \"\" | classify.scores is the output 'label', which is INT64 [-1]; name an output of FP32 or FP64 with the shape [rows, classes]",
        "x | \"\" | \"\" | classify.scores is the output 'x', of which the model has none; name an output of FP32",
        "flat | \"\" | \"\" | classify.scores is the output 'flat', which is FP64 [-1]",
        "names | \"\" | \"\" | classify.scores is the output 'names', which is BYTES [-1, 3]",
        "single | label | \"\" | classify.classes is the output 'label', which is INT64 [-1]; name an output of BYTES with the shape [rows, classes]",
        "single | name | \"\" | classify.classes is the output 'name', which is BYTES [-1]",
        "\"\" | \"\" | single | regress.value is the output 'single', which is FP32 [-1, 3]; name an output of FP32 or FP64 with the shape [rows] or [rows, 1]",
        "\"\" | \"\" | scalar | regress.value is the output 'scalar', which is FP32 []",
        "\"\" | \"\" | label | regress.value is the output 'label', which is INT64 [-1]",
      })
  void others_areNamedWithWhatIsThereAndWhatIsAllowed(
      String scores, String classes, String value, String expected) {
    assertThat(problem(new OutputRoles(scores, classes, value)))
        .get()
        .asString()
        .startsWith("iris/config.yaml: " + expected)
        .contains("the model's outputs are ['label' INT64 [-1], 'single' FP32 [-1, 3]");
  }
}
