package io.millrace.server.inference;

import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;

/**
 * An output with its highest classes in place of its scores, as Triton's extension "classification"
 * has it: texts {@code score:index:label} of type BYTES, without the label where a class has none.
 * Pure.
 */
record ClassText(Tensor output, boolean hasRows, int most) {
  /**
   * @param room for the texts
   * @throws ServingException with MESSAGE_TOO_LARGE if these are too many texts, or too long ones
   */
  Tensor of(ClassLabels labels, AnswerRoom room) {
    TopClasses top = new TopClasses(output, hasRows, most);
    ClassLabels names = top.areClasses() ? labels : ClassLabels.NONE;
    ElementsWriter texts = new ElementsWriter(room);
    for (long row = 0; top.perRow() > 0 && row < top.rows(); row++) {
      for (int index : top.row(row)) {
        texts.begin();
        write(top.score(row, index), texts);
        texts.character(':');
        texts.number(index, 1);
        writeLabel(names.name(index), texts);
        texts.end();
      }
    }
    Shape shape = hasRows ? Shape.of(top.rows(), top.perRow()) : Shape.of(top.perRow());
    return new Tensor(output.name(), DataType.BYTES, shape, texts.elements());
  }

  private static void write(Number score, ElementsWriter texts) {
    if (score instanceof Float || score instanceof Double) {
      SixDecimals.write(score.doubleValue(), texts);
    } else {
      texts.text(score.toString());
    }
  }

  private static void writeLabel(String label, ElementsWriter texts) {
    if (!label.isEmpty()) {
      texts.character(':');
      texts.text(label);
    }
  }
}
