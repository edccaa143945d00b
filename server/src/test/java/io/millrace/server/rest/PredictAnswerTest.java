package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Answers of {@code :predict} that name classes. */
final class PredictAnswerTest {
  private static final ClassLabels LABELS = new ClassLabels(List.of("setosa", "", "virginica"));

  private static Tensor floats(Shape shape, float... values) {
    ByteBuffer data =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    return new Tensor("scores", DataType.FP32, shape, data);
  }

  private static Tensor bytes(String name, DataType dtype, Shape shape, int... values) {
    ByteBuffer data = ByteBuffer.allocate(values.length);
    for (int value : values) {
      data.put((byte) value);
    }
    return new Tensor(name, dtype, shape, data.flip());
  }

  private static String written(PredictBody.Form form, Tensor... outputs) {
    return new PredictAnswer(new JsonAnswer(1 << 20), Map.of("scores", 2))
        .write(form, new InferenceResponse(new ModelVersionId("iris", 1), List.of(outputs), LABELS))
        .getData()
        .toStringUtf8();
  }

  private static String compact(PredictBody.Form form, Tensor... outputs) {
    return written(form, outputs).replaceAll("\\s", "");
  }

  @Test
  void classes_standInPlaceOfEachRowsScores() {
    Tensor label = bytes("label", DataType.UINT8, Shape.of(2), 0, 1);
    Tensor scores = floats(Shape.of(2, 3), 0.75f, 0.25f, 0, 0, 0.5f, 1);

    assertThat(written(PredictBody.Form.INSTANCES, label, scores))
        .isEqualTo(
            """
            {
                "predictions": [{
                        "label": 0,
                        "scores": [{
                                "label": "setosa",
                                "index": 0,
                                "score": 0.75
                            }, {
                                "index": 1,
                                "score": 0.25
                            }]
                    }, {
                        "label": 1,
                        "scores": [{
                                "label": "virginica",
                                "index": 2,
                                "score": 1.0
                            }, {
                                "index": 1,
                                "score": 0.5
                            }]
                    }]
            }
            """);
  }

  @Test
  void columns_haveAListOfClassesForEachRow() {
    assertThat(
            compact(PredictBody.Form.INPUTS, floats(Shape.of(2, 3), 0.75f, 0.25f, 0, 0, 0.5f, 1)))
        .isEqualTo(
            "{\"outputs\":[[{\"label\":\"setosa\",\"index\":0,\"score\":0.75},{\"index\":1,\"score\":0.25}],"
                + "[{\"label\":\"virginica\",\"index\":2,\"score\":1.0},{\"index\":1,\"score\":0.5}]]}");
  }

  @Test
  void onlyOutput_isTheListOfItsClasses() {
    assertThat(compact(PredictBody.Form.INSTANCES, floats(Shape.of(1, 1), Float.NaN)))
        .isEqualTo("{\"predictions\":[[{\"label\":\"setosa\",\"index\":0,\"score\":NaN}]]}");
    assertThat(compact(PredictBody.Form.INSTANCES, floats(Shape.of(0, 3))))
        .isEqualTo("{\"predictions\":[]}");
  }

  @Test
  void halfPrecision_hasAFormAsAScore() {
    Tensor half = bytes("scores", DataType.FP16, Shape.of(1, 2), 0x00, 0x3C, 0x00, 0x3E);

    assertThat(compact(PredictBody.Form.INSTANCES, half))
        .contains("{\"index\":1,\"score\":1.5},{\"label\":\"setosa\",\"index\":0,\"score\":1.0}");
  }
}
