package io.millrace.server.inference;

import io.millrace.server.model.BytesElements;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * An output with its highest classes in place of its scores, as Triton's extension "classification"
 * has it: texts {@code score:index:label} of type BYTES, without the label where a class has none.
 * Pure.
 */
record ClassText(Tensor output, boolean hasRows, int most) {
  /**
   * @throws ServingException with MESSAGE_TOO_LARGE if these are too many texts
   */
  Tensor of(ClassLabels labels) {
    TopClasses top = new TopClasses(output, hasRows, most);
    List<byte[]> texts = new ArrayList<>();
    for (long row = 0; top.perRow() > 0 && row < top.rows(); row++) {
      for (ScoredClass scored : top.row(row)) {
        texts.add(text(scored, labels.name(scored.index())).getBytes(StandardCharsets.UTF_8));
      }
    }
    Shape shape = hasRows ? Shape.of(top.rows(), top.perRow()) : Shape.of(top.perRow());
    return new Tensor(output.name(), DataType.BYTES, shape, BytesElements.encode(texts));
  }

  private static String text(ScoredClass scored, String label) {
    Number score = scored.score();
    boolean isFraction = score instanceof Float || score instanceof Double;
    String number = isFraction ? SixDecimals.of(score.doubleValue()) : score.toString();
    String text = number + ":" + scored.index();
    return label.isEmpty() ? text : text + ":" + label;
  }
}
